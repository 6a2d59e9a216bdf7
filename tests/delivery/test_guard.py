"""Notices go to servers on the public network, and nowhere else: whatever a name or an address is made to look like."""

from __future__ import annotations

import threading

import pytest

from quality.delivery.guard import Unsafe, checked, is_public, parts_of, problems_with, within
from quality.delivery.models import Problem

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
NOT_PUBLIC = [
    "127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "0.0.0.0", "0.1.2.3", "255.255.255.255",
    "169.254.169.254", "169.254.170.2", "100.100.100.200", "100.64.0.1", "168.63.129.16", "192.88.99.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.7",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:1::1", "2001:db8::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "somewhere", "",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_a_server_on_the_public_network_is_sent_to(address):
    assert is_public(address)
    assert checked("https://market.example/", lambda *_: [address], allow_private=False).addresses == (address,)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_is_sent_to(address):
    assert not is_public(address)
    with pytest.raises(Unsafe) as no:
        checked("https://market.example/", lambda *_: [address], allow_private=False)
    assert no.value.problem == Problem.NOT_PUBLIC


def test_one_address_that_is_not_public_makes_the_name_unfit():
    with pytest.raises(Unsafe) as no:
        checked("https://market.example/", lambda *_: ["8.8.8.8", "10.0.0.1"], allow_private=False)
    assert no.value.found == "10.0.0.1"


def test_a_name_that_nobody_knows_is_said_to_be_unknown():
    def unknown(*_asked):
        raise OSError("no such host")

    for resolve in (unknown, lambda *_: []):
        with pytest.raises(Unsafe) as no:
            checked("https://market.example/", resolve, allow_private=False)
        assert no.value.problem == Problem.NO_ADDRESS


def test_the_request_is_made_to_the_checked_address_under_the_name_that_was_asked_for():
    target = checked("https://market.example:8443/in?a=1", lambda *_: ["2606:4700::1", "8.8.8.8"], allow_private=False)

    assert target.addresses == ("8.8.8.8", "2606:4700::1")
    assert target.url_at("2606:4700::1") == "https://[2606:4700::1]:8443/in?a=1"
    assert (target.host, target.host_header) == ("market.example", "market.example:8443")


def test_plain_http_goes_to_this_machine_only_and_only_in_tests():
    assert checked("http://desk.example/", lambda *_: ["127.0.0.1"], allow_private=True).port == 80
    for address, allowed in (("127.0.0.1", False), ("8.8.8.8", True), ("10.0.0.1", True)):
        with pytest.raises(Unsafe):
            checked("http://desk.example/", lambda *_, a=address: [a], allow_private=allowed)


def test_not_even_in_tests_is_the_link_local_network_sent_to():
    with pytest.raises(Unsafe):
        checked("https://desk.example/", lambda *_: ["169.254.169.254"], allow_private=True)


@pytest.mark.parametrize(
    "url",
    ["", "market.example", "https://", "https:///x", "ftp://a.example/", "https://user:word@a.example/",
     "https://@a.example/", "https://a.example/#part", "https://a.example:0/", "https://a.example:70000/",
     "https://[::1", "https://[fe80::1%25eth0]/", "https://a.example\\@b.example/", "https://a.example/ x",
     "https://a.example/\r\nHost:b", "https://a.example/\x00", "https://" + "a" * 254 + ".example/",
     "https://a.example/" + "a" * 1000, "https://市场.example/", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_as_it_is_typed(url):
    assert parts_of(url) is None
    assert [problem.code for problem in problems_with(url, allow_private=True)] == ["bad_address"]


def test_http_is_refused_as_it_is_typed():
    assert [p.code for p in problems_with("http://a.example/", allow_private=False)] == ["not_https"]
    assert problems_with("https://a.example/", allow_private=False) == []


def test_a_name_server_that_does_not_answer_keeps_nobody_waiting():
    hangs = threading.Event()

    def silent(*_asked):
        hangs.wait(5)
        return ["8.8.8.8"]

    with pytest.raises(Unsafe) as no:
        checked("https://market.example/", within(0.05, silent), allow_private=False)
    hangs.set()
    assert no.value.problem == Problem.NO_ADDRESS
