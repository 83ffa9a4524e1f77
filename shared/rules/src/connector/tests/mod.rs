//! Typical connector settings and the problems that the analysis finds in them.

mod catalog;
mod databases;
mod debezium;
mod general;
mod jdbc;
mod robustness;
mod services;
mod storage;
mod support;
mod world;
