"""Addresses of visitors: which count as one, and what of them may be written down."""

import logging

import pytest

from webapp.api import raw_errors
from webapp.server import addresses


@pytest.mark.parametrize(
    ("address", "counted", "written"),
    [
        ("192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.77/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8::5:6", "2001:db8::/64", "2001:db8::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", ""),
        ("unix:", "unix:", ""),
    ],
)
def test_an_address_counts_with_its_network_and_is_written_as_a_wider_one(
    address: str, counted: str, written: str
) -> None:
    assert (addresses.counted(address), addresses.written(address)) == (counted, written)


def test_the_log_of_what_could_not_be_read_has_no_whole_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "verbatim.web"):
        raw_errors.response_bytes(ValueError("odd"), b"", "192.0.2.77")
    (record,) = caplog.records
    assert record.__dict__["network"] == "192.0.2.0/24"
    assert "192.0.2.77" not in str(record.__dict__)
