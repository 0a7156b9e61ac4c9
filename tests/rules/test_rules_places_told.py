"""Where PRM306 and LNK405 point to, and which paths PRM303 takes for opened again."""

from __future__ import annotations

import pytest

STAGES = "FROM scratch AS b\nRUN make install PREFIX=/opt/g\nFROM docker.io/library/debian:12\nCOPY --from=b /opt/g /opt/g\n"
LISTED = "RUN echo /opt/g/lib > /etc/ld.so.conf.d/g.conf"


@pytest.mark.parametrize("shell", [
    "chmod 700 /opt/app && chmod -R a+rX /opt/cache", "chmod 700 /opt/app && chmod a+rX /opt", "chmod 700 /opt/a /opt/b && chmod 755 /opt/a",
    "chmod 700 /opt/app && chmod -R a+rX /opt/app-data", "chmod -R go-rwx /opt/app && chmod a+rx /opt/app/bin",
    "chmod 700 /opt/app && find /opt/cache -type d -exec chmod 755 {} +", "chmod -R a+rX /opt/app && chmod 700 /opt/app"])
def test_another_path_that_is_opened_opens_nothing_here(shell, found):
    assert found("PRM303", shell) == ["warning"]


@pytest.mark.parametrize("shell", [
    "chmod 700 /opt/app/b && chmod -R a+rX /opt/app", "chmod 700 /opt/app && chmod 755 /opt/app/", "chmod 700 /opt/app && chmod 0755 $D",
    "chmod 700 /opt/app; for d in /opt/*; do chmod 755 $d; done", "chmod 700 /opt/app && cd /opt/app && chmod 755 .",
    "chmod 700 /opt/app && find /opt/app -exec chmod a+rX {} +", "chmod 700 /opt/app/* && chmod 755 /opt/app/bin",
    "chmod 700 /opt/app && ls -d /opt/* | xargs chmod a+rx", "umask 077\nmake install\nchmod -R a+rX /opt/x",
    "D=/opt/app; chmod 700 /opt/app; chmod --recursive a+rX $D"])
def test_a_path_that_is_or_may_be_opened_later_is_quiet(shell, found):
    assert found("PRM303", shell) == []


def test_of_very_many_that_are_opened_nothing_is_told(found):
    many = "".join(f"chmod 755 /opt/b{number}\n" for number in range(60))
    assert found("PRM303", f"chmod 700 /opt/app\n{many}chmod 755 /opt/app") == []
    assert found("PRM303", "chmod 700 /opt/app\nchmod 755 " + " ".join(f"/opt/b{number}" for number in range(60))) == []


@pytest.mark.parametrize(("snippet", "place"), [
    ('FROM scratch\nCMD ["sudo","-u","postgres","postgres"]', (2, 7, 11)), ("FROM scratch\nRUN sudo make install", (2, 5, 9)),
    ("FROM scratch\nRUN cd /x && /usr/bin/sudo -E env A=1 make", (2, 14, 27)), ('FROM scratch\nRUN bash -c "sudo make"', (2, 14, 18)),
    ("FROM scratch\nENTRYPOINT exec gosu app x", (2, 17, 21)), ('FROM scratch\nCMD ["service", "x", "start"]', (2, 7, 28)),
    ("FROM scratch\nCOPY <<EOF /opt/x/bin/x\n#!/bin/sh\nexec sudo -u app x\nEOF", (4, 6, 10))])
def test_the_carets_stand_below_what_only_root_can_use(snippet, place, lint):
    [one] = [one for one in lint(snippet) if one.code == "PRM306"]
    assert (one.span.line, one.span.column, one.span.end_column) == place


@pytest.mark.parametrize(("snippet", "line"), [
    (STAGES + LISTED, 5), ("FROM debian\nRUN make install PREFIX=/opt/g\n" + LISTED, 3),
    ("FROM debian AS b\nRUN make install PREFIX=/opt/g\nFROM b\n" + LISTED, 4)])
def test_the_loader_s_news_are_told_where_they_come_last(snippet, line, lint):
    [one] = [one for one in lint(snippet) if one.code == "LNK405"]
    assert one.span.line == line and one.severity == "warning"


@pytest.mark.parametrize("snippet", [
    STAGES, STAGES + LISTED + " && ldconfig", STAGES + LISTED + "\nRUN ldconfig",
    "FROM debian AS b\n" + LISTED + "\nRUN make install PREFIX=/opt/g\nFROM scratch\nCOPY --from=b /opt/g/bin /opt/g/bin"])
def test_the_cache_of_a_stage_that_stays_behind_is_no_matter(snippet, found):
    assert found("LNK405", snippet) == []
