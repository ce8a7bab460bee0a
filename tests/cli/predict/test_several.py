"""A picture of several digits is answered, and one warning names the command that reads all."""

import pytest


@pytest.mark.parametrize(("options", "lines"), [((), 1), (("--quiet",), 0)])
def test_a_page_is_warned_of_once(mnistkit, options, lines):
    words = ("predict", "example:page", "example:page", "example:seven", "--model", "bundled")
    answered = mnistkit(*words, *options)
    assert len(answered.stdout.splitlines()) == 3
    warnings = [line for line in answered.stderr.splitlines() if "several digits" in line]
    assert len(warnings) == lines
    assert all("example:page" in line and "`mnistkit read`" in line for line in warnings)
