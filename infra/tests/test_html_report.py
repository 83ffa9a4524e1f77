"""The HTML report in a real browser: what its script does, and what hostile text cannot do."""

import json
import os
import subprocess

import pytest

import chromium
from templates import ROOT

BINARY = os.path.join(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"), "debug/sealwatch")
HOSTILE = [
    "<script>window.hacked=1</script>",
    "\"onload=window.hacked=1 x='",
    "</style></title><img src=x onerror=window.hacked=1>",
    "</script><svg onload=window.hacked=1>",
    "<!--<script>",
    "a\u202eb\u2066c",
    "&lt;b&gt;`<b>`",
]

pytestmark = pytest.mark.skipif(not chromium.program(), reason="needs Chromium: apt-get install chromium-headless-shell")


def stream(name, minute, account="111122223333", region="eu-west-1", user="mira", event=None):
    """The record of a call that stops the encryption of a stream."""
    return {"eventSource": "kinesis.amazonaws.com", "eventName": "StopStreamEncryption", "eventID": event or f"event-{name}",
            "eventTime": f"2026-11-2{minute % 5}T10:{minute:02}:00Z", "awsRegion": region, "recipientAccountId": account,
            "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{account}:user/{user}"},
            "requestParameters": {"streamName": name, "encryptionType": "KMS", "keyId": "alias/a"}}


def key(account="444455556666"):
    """The record of a call that opens a key to anyone."""
    policy = {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}
    return {"eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy", "eventID": "event-key",
            "eventTime": "2026-11-22T10:00:00Z", "awsRegion": "us-east-1", "recipientAccountId": account,
            "requestParameters": {"keyId": "2f1c9a52-7f0e-4ad0-8f5e-3c1b6a7d8e90", "policy": json.dumps(policy)}}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = chromium.Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """The URI of a report about these records."""
    folder = tmp_path_factory.mktemp("report")

    def report(*records, language="en"):
        (folder / "events.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
        page = subprocess.run([BINARY, "replay", "--format", "html", "--language", language, "events.jsonl"], cwd=folder, stdout=subprocess.PIPE, check=False)
        assert page.returncode == 1
        (folder / "report.html").write_bytes(page.stdout)
        return (folder / "report.html").as_uri()

    return report


@pytest.fixture
def page(browser, report):
    """The browser, with a report about four streams and a key. Nothing may be logged or requested."""
    uri = report(stream("orders", 1), stream("clicks", 2), stream("audit", 3, "444455556666", user="grace"),
                 stream("metrics", 4, region="us-east-1"), key())
    browser.open(uri)
    yield browser
    assert browser.problems() == []
    assert browser.requests() == [uri]


SHOWN = "[...document.querySelectorAll('.g > details summary b')].filter(name => name.checkVisibility()).map(name => name.textContent)"


def choose(page, name, value):
    """Sets the filter with this label, and returns the resources that are still shown."""
    page.run("""((name, value) => {
        const label = [...document.querySelectorAll('form label')].find(label => label.firstChild.data === name);
        const control = label.querySelector('input,select');
        control.value = value;
        if (control.value !== value) throw new Error(`${name} has no ${value}`);
        control.dispatchEvent(new Event('input', { bubbles: true }));
    })""" + f"({json.dumps(name)}, {json.dumps(value)})")
    return set(page.run(SHOWN))


def test_filters_select(page):
    streams, key_id = {"orders", "clicks", "audit", "metrics"}, "2f1c9a52-7f0e-4ad0-8f5e-3c1b6a7d8e90"
    assert set(page.run(SHOWN)) == streams | {key_id}
    for name, value, want in [
        ("Severity", "critical", {key_id}),
        ("Severity", "high", streams),
        ("Rule", "kinesis-stream-unencrypted", streams),
        ("Account", "444455556666", {"audit", key_id}),
        ("Region", "us-east-1", {"metrics", key_id}),
        ("Search", "GRACE stopstream", {"audit"}),
        ("Search", "event-clicks", {"clicks"}),
        ("Search", "nobody", set()),
    ]:
        assert choose(page, name, value) == want, (name, value)
        choose(page, name, "")
    choose(page, "Account", "111122223333")
    assert choose(page, "Region", "us-east-1") == {"metrics"}
    assert page.run("document.querySelector('output').textContent").startswith("1 of ")
    # a heading without findings is hidden, too
    assert page.run("[...document.querySelectorAll('h3')].filter(h => h.checkVisibility()).length") == 1


def test_a_page_in_japanese(browser, report):
    uri = report(stream("orders", 1), stream("clicks", 2, "444455556666", user="grace"), key(), language="ja")
    browser.open(uri)
    assert browser.run("document.documentElement.lang") == "ja"
    for name, value, want in [("重大度", "high", {"orders", "clicks"}), ("アカウント", "111122223333", {"orders"}), ("検索", "GRACE", {"clicks"})]:
        assert choose(browser, name, value) == want, (name, value)
        choose(browser, name, "")
    options = "[...document.querySelector('form select').options].map(option => option.textContent)"
    assert browser.run(options) == ["すべて", "重大", "高"]
    shown = "document.querySelector('output').textContent"
    total = browser.run(shown)
    assert total.startswith("検出結果 ")
    choose(browser, "アカウント", "111122223333")
    assert browser.run(shown) == f"{total}中 1 件"
    browser.run("document.querySelector('form button').click()")
    assert browser.run("document.querySelector('form button').textContent") == "すべて閉じる"
    browser.run("new Promise(done => setTimeout(done, 100))")
    facts = browser.run("[...document.querySelectorAll('.g > details:not([hidden]) > p')].at(-1).textContent")
    assert facts.startswith("呼出元 1 (arn:aws:iam::111122223333:user/mira")
    assert browser.problems() == [] and browser.requests() == [uri]


LINKS = "[...{}.querySelectorAll(':scope > p > a')].map(link => [link.href, link.rel, link.target])"


def test_findings_link_to_the_console(browser, report):
    event = "8bdc31a0-c720-493c-8d0e-db71ebaedcda"
    uri = report(stream("audit", 1, event=event), stream("orders", 2))
    browser.open(uri)
    finding = "[...document.querySelectorAll('.g > details')].find(f => f.querySelector('b').textContent === 'audit')"
    console = "https://eu-west-1.console.aws.amazon.com"
    want = [[f"{console}/kinesis/home?region=eu-west-1#/streams/details/audit/monitoring", "noreferrer noopener", ""],
            [f"{console}/cloudtrailv2/home?region=eu-west-1#/events/{event}", "noreferrer noopener", ""]]
    assert browser.run(LINKS.format(finding)) == want
    browser.run(f"{finding}.querySelector('summary').click()")
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert browser.run(LINKS.format(finding)) == want
    # CloudTrail's history does not know a masked event
    other = finding.replace("'audit'", "'orders'")
    assert [link[0] for link in browser.run(LINKS.format(other))] == [f"{console}/kinesis/home?region=eu-west-1#/streams/details/orders/monitoring"]
    assert browser.problems() == [] and browser.requests() == [uri]


def test_the_links_of_a_large_page_come_from_its_script(browser, report):
    """They must be those that the program would have written, for all kinds of names."""
    def link(record):
        output = subprocess.run([BINARY, "replay", "--format", "json", "-"], input=json.dumps(record), capture_output=True, text=True, check=False)
        return json.loads(output.stdout.splitlines()[0])["links"]

    samples = [json.loads((ROOT / "events" / f"{name}.json").read_text()) for name in
               ["kms-key-policy/put-open-to-anyone", "msk-cluster/create-open", "kinesis-stream/create-without-encryption"]]
    few = samples + [stream("a.b_c-d", 1, region="us-east-1", event="8bdc31a0-c720-493c-8d0e-db71ebaeaa11"), stream("region", 2, region="cn-north-1", event="8bdc31a0-c720-493c-8d0e-db71ebaebb22")]
    wanted = [link(record) for record in few]
    assert all(set(links) == {"resource", "event"} for links in wanted)
    uri = report(*few, *(stream(f"stream-{number}", number % 60, event=f"8bdc31a0-c720-493c-8d0e-db71ebae{number:04}") for number in range(800)))
    browser.open(uri)
    assert 0 < browser.run("document.querySelectorAll('.g > details > p > a').length") < 1600
    browser.run("""document.querySelectorAll('.g > details').forEach(part => {
        part.open = !/^stream-\\d*[2-8]$/.test(part.querySelector('b').textContent);
    })""")
    browser.run("new Promise(done => setTimeout(done, 300))")
    links = {tuple(link) for link in browser.run("""[...document.querySelectorAll('.g > details')].map(finding =>
        [...finding.querySelectorAll(':scope > p > a')].map(link => link.href))""")}
    for one in wanted:
        assert (one["resource"], one["event"]) in links
    for number in [0, 1, 500, 799]:
        console = "https://eu-west-1.console.aws.amazon.com"
        assert (f"{console}/kinesis/home?region=eu-west-1#/streams/details/stream-{number}/monitoring",
                f"{console}/cloudtrailv2/home?region=eu-west-1#/events/8bdc31a0-c720-493c-8d0e-db71ebae{number:04}") in links, number
    assert browser.problems() == [] and browser.requests() == [uri]


@pytest.mark.parametrize("others", [0, 700])
def test_a_record_chooses_no_host(browser, report, others):
    """A Region that is none, and one whose console is not public, are in no link."""
    regions = ["evil.example/", "", "us-iso-east-1"]
    hostile = [stream(f"evil-{number}", number, region=region, event=f"8bdc31a0-c720-493c-8d0e-db71ebaeaaa{number}") for number, region in enumerate(regions)]
    uri = report(*hostile, *(stream(f"stream-{number}", number % 60, event=f"8bdc31a0-c720-493c-8d0e-db71ebae{number:04}") for number in range(others)))
    browser.open(uri)
    browser.run("document.querySelectorAll('.g > details').forEach(part => { part.open = true; })")
    browser.run("new Promise(done => setTimeout(done, 300))")
    hosts = browser.run("[...new Set([...document.querySelectorAll('.g a')].map(link => new URL(link.href).host))]")
    assert hosts == (["eu-west-1.console.aws.amazon.com"] if others else [])


def test_a_finding_unfolds_to_its_own_fix(page):
    finding = "[...document.querySelectorAll('.g > details')].find(f => f.querySelector('b').textContent === 'audit')"
    code = f"{finding}.querySelector('pre').checkVisibility()"
    page.run(f"{finding}.querySelector('summary').click()")
    page.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    fix = page.run(f"{finding}.querySelector('h4 + .copy > pre').textContent")
    assert fix.startswith("aws kinesis start-stream-encryption --stream-name audit ") and page.run(code)
    button = f"{finding}.querySelector('.copy > button')"
    page.run(f"{button}.click()")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run(f"{button}.textContent") in ["Copied", "Selected"]
    assert page.run(f"{button}.textContent") == "Copied" or page.run("getSelection().toString()").strip() == fix


def test_the_keyboard_unfolds(page):
    page.run("document.querySelector('.g > details summary').focus()")
    for kind in ["keyDown", "keyUp"]:
        page.call("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r" if kind == "keyDown" else "")
    assert page.run("document.querySelector('.g > details').open")


def test_print_shows_everything(page):
    hidden = "[...document.querySelectorAll('main p, main pre')].filter(part => !part.checkVisibility()).length"
    assert page.run(hidden) > 0
    page.call("Emulation.setEmulatedMedia", media="print")
    try:
        assert page.run(hidden) == 0
        assert not page.run("document.querySelector('form').checkVisibility()")
    finally:
        page.call("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("width", [380, 800, 1300])
def test_nothing_is_wider_than_the_window(page, width):
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    page.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.run("document.documentElement.scrollWidth") <= width


def test_without_javascript_the_page_is_complete(browser, report):
    uri = report(stream("orders", 1), stream("clicks", 2))
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(uri)
        text = browser.call("DOM.getOuterHTML", nodeId=browser.call("DOM.getDocument")["root"]["nodeId"])["outerHTML"]
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert "<form" not in text and "<button" not in text
    for part in ["orders", "clicks", "mira", "StopStreamEncryption", "aws kinesis start-stream-encryption --stream-name <var>name</var>",
                 "resource \"aws_kinesis_stream\"", "event-orders", "2026-11-21 10:01", "<rect "]:
        assert part in text, part


def test_hostile_names_stay_text(browser, report):
    uri = report(*(stream(f"{name}{number}", number, user=name) | {"eventID": name, "awsRegion": name if number % 2 else "eu-west-1"}
                   for number, name in enumerate(HOSTILE)))
    browser.open(uri)
    browser.run("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    browser.run("new Promise(done => setTimeout(done, 100))")
    names = browser.run("[...document.querySelectorAll('.g > details summary b')].map(name => name.textContent)")
    for number, name in enumerate(HOSTILE):
        want = name.replace("\u202e", "\ufffd").replace("\u2066", "\ufffd") + str(number)
        assert any(want in shown for shown in names), (want, names)
    assert browser.run("window.hacked") is None
    assert browser.run("document.querySelectorAll('img, script, iframe, main svg, [onload], [onerror]').length") == 1
    assert browser.problems() == [] and browser.requests() == [uri]
