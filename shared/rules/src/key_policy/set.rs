//! A set that can also stand for all values.

use std::collections::BTreeSet;
use std::rc::Rc;

/// All values, one, or many; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Set<T: Ord> {
    All,
    One(T),
    // Shared, because one Deny may bound the callers of a thousand statements.
    Many(Rc<BTreeSet<T>>),
}

impl<T: Ord + Copy> Set<T> {
    /// The values, `None` if there is none
    pub(super) fn of(values: BTreeSet<T>) -> Option<Self> {
        match (values.len(), values.first()) {
            (_, None) => None,
            (1, Some(&one)) => Some(Self::One(one)),
            _ => Some(Self::Many(Rc::new(values))),
        }
    }

    pub(super) fn is_all(&self) -> bool {
        matches!(self, Self::All)
    }

    /// The listed values; nothing for `All`
    pub(super) fn named(&self) -> impl Iterator<Item = T> + '_ {
        let (one, many) = match self {
            Self::All => (None, None),
            Self::One(one) => (Some(*one), None),
            Self::Many(many) => (None, Some(many.iter().copied())),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }

    pub(super) fn has(&self, value: &T) -> bool {
        match self {
            Self::All => true,
            Self::One(one) => one == value,
            Self::Many(many) => many.contains(value),
        }
    }

    /// The values in both, `None` if there is none
    pub(super) fn and(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::All, set) | (set, Self::All) => Some(set.clone()),
            (Self::One(one), set) | (set, Self::One(one)) => set.has(one).then_some(Self::One(*one)),
            (Self::Many(a), Self::Many(b)) if Rc::ptr_eq(a, b) => Some(self.clone()),
            (Self::Many(a), Self::Many(b)) => {
                let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
                // A set that stays the same stays shared.
                if few.is_subset(many) {
                    return Some(Self::Many(Rc::clone(few)));
                }
                Self::of(few.iter().filter(|value| many.contains(value)).copied().collect())
            }
        }
    }

    /// The values in both, `None` if there is none; `unknown` stands for one value that is not known and may equal any
    /// other
    pub(super) fn and_unknown(&self, other: &Self, unknown: T) -> Option<Self> {
        let both = self.and(other);
        if self.is_all() || other.is_all() || !self.has(&unknown) && !other.has(&unknown) {
            return both;
        }
        match both {
            Some(both) if both.has(&unknown) => Some(both),
            Some(both) => Some(both.or(&Self::One(unknown))),
            None => Some(Self::One(unknown)),
        }
    }

    /// The values of both
    pub(super) fn or(self, other: &Self) -> Self {
        // A set that is not shared grows in place.
        let mut values = match self {
            Self::One(one) if !other.is_all() => Rc::new(BTreeSet::from([one])),
            Self::Many(many) if !other.is_all() => many,
            _ => return Self::All,
        };
        Rc::make_mut(&mut values).extend(other.named());
        Self::Many(values)
    }

    /// The greatest value; `None` for `All`
    pub(super) fn last(&self) -> Option<T> {
        match self {
            Self::All => None,
            Self::One(one) => Some(*one),
            Self::Many(many) => many.last().copied(),
        }
    }

    /// The least value that is not less than `start`; `None` for `All`
    pub(super) fn first_from(&self, start: T) -> Option<T> {
        match self {
            Self::All => None,
            Self::One(one) => (*one >= start).then_some(*one),
            Self::Many(many) => many.range(start..).next().copied(),
        }
    }

    /// What identifies a set of many values that several callers share
    pub(super) fn address(&self) -> Option<*const ()> {
        match self {
            Self::Many(many) => Some(Rc::as_ptr(many).cast()),
            _ => None,
        }
    }

    /// The values for which `keep` holds, `None` if there is none; `All` stays `All`
    pub(super) fn retain(&self, keep: impl Fn(&T) -> bool) -> Option<Self> {
        match self {
            Self::All => Some(Self::All),
            _ if self.named().all(|value| keep(&value)) => Some(self.clone()),
            _ => Self::of(self.named().filter(keep).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_intersect() {
        let some = Set::of(BTreeSet::from([1, 2, 3])).unwrap();
        assert_eq!(some.and(&Set::One(2)), Some(Set::One(2)));
        assert_eq!(some.and(&Set::One(4)), None);
        assert_eq!(Set::All.and(&some), Some(some.clone()));
        assert_eq!(some.retain(|n| *n > 2), Some(Set::One(3)));
        assert_eq!(Set::<u8>::of(BTreeSet::new()), None);
    }

    #[test]
    fn an_unknown_value_may_equal_any_other() {
        const UNKNOWN: u8 = 0;
        let set = |values: &[u8]| Set::of(values.iter().copied().collect()).unwrap();
        for (a, b, both) in [
            (&[UNKNOWN][..], &[1, 2][..], &[UNKNOWN][..]),
            (&[UNKNOWN, 1], &[1, 2], &[UNKNOWN, 1]),
            (&[UNKNOWN, 1], &[UNKNOWN, 2], &[UNKNOWN]),
            (&[1, 2], &[2, 3], &[2]),
        ] {
            assert_eq!(set(a).and_unknown(&set(b), UNKNOWN), Some(set(both)), "{a:?} {b:?}");
            assert_eq!(set(b).and_unknown(&set(a), UNKNOWN), Some(set(both)), "{b:?} {a:?}");
        }
        assert_eq!(set(&[1]).and_unknown(&set(&[2]), UNKNOWN), None);
        assert_eq!(Set::All.and_unknown(&set(&[1]), UNKNOWN), Some(set(&[1])));
    }

    #[test]
    fn sets_unite() {
        let some = Set::of(BTreeSet::from([1, 2])).unwrap();
        assert_eq!(Set::One(3).or(&some), Set::of(BTreeSet::from([1, 2, 3])).unwrap());
        assert_eq!(some.clone().or(&Set::One(3)), Set::of(BTreeSet::from([1, 2, 3])).unwrap());
        assert_eq!(some.clone().or(&Set::All), Set::All);
        assert_eq!(Set::All.or(&some), Set::All);
    }

    #[test]
    fn an_intersection_with_a_larger_set_stays_shared() {
        let few = Set::of(BTreeSet::from([1, 2])).unwrap();
        let many = Set::of(BTreeSet::from([1, 2, 3])).unwrap();
        assert_eq!(many.and(&few).unwrap().address(), few.address());
        assert_eq!(few.and(&many).unwrap().address(), few.address());
    }

    #[test]
    fn values_are_found_by_order() {
        let some = Set::of(BTreeSet::from([1, 3])).unwrap();
        assert_eq!((some.first_from(2), some.first_from(4), some.last()), (Some(3), None, Some(3)));
        assert_eq!((Set::One(1).first_from(1), Set::One(1).first_from(2)), (Some(1), None));
    }
}
