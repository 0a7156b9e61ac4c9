"""The filter of system calls: what the kernel would do with it, by an interpreter of its few instructions."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.sandbox import terminal

ALLOW, REFUSE = 0x7FFF0000, 0x00050001
X86_64, I386, AARCH64, ARM, PPC64LE, RISCV64 = 0xC000003E, 0x40000003, 0xC00000B7, 0x40000028, 0xC0000015, 0xC00000F3
TIOCSTI, TIOCLINUX, TCGETS, TIOCSCTTY = 0x5412, 0x541C, 0x5401, 0x540E
ANY = st.integers(0, 2**32 - 1)


def verdict(machine, architecture, number, request, high=0):
    """Run the program on struct seccomp_data, as the kernel does; every jump must stay inside."""
    text = terminal.guard(machine)
    lines = [struct.unpack_from("=HBBI", text, at) for at in range(0, len(text), 8)]
    data = struct.pack("=IIQ6Q", number, architecture, 0, 0, request | high << 32, 0, 0, 0, 0)
    at = value = 0
    while True:
        code, yes, no, word = lines[at]
        at += 1
        match code:
            case 0x20:
                [value] = struct.unpack_from("=I", data, word)
            case 0x15:
                at += yes if value == word else no
            case 0x35:
                at += yes if value >= word else no
            case 0x06:
                return word
            case _:
                pytest.fail(f"unknown instruction {code:#x}")


@pytest.mark.parametrize(("machine", "architecture", "number"), [
    ("x86_64", X86_64, 16), ("x86_64", I386, 54), ("aarch64", AARCH64, 29), ("aarch64", ARM, 54), ("ppc64le", PPC64LE, 54),
    ("riscv64", RISCV64, 29)], ids=["x86_64", "i386", "aarch64", "arm", "ppc64le", "riscv64"])
@pytest.mark.parametrize(("request_", "wanted"), [
    (TIOCSTI, REFUSE), (TIOCLINUX, REFUSE), (TCGETS, ALLOW), (TIOCSCTTY, ALLOW), (0, ALLOW), (2**32 - 1, ALLOW)],
    ids=["TIOCSTI", "TIOCLINUX", "TCGETS", "TIOCSCTTY", "0", "all ones"])
def test_typing_into_a_terminal_is_refused_and_other_requests_are_not(machine, architecture, number, request_, wanted):
    assert verdict(machine, architecture, number, request_) == wanted
    # The kernel looks at the low half of the request alone, so a program can put anything into the high one (CVE-2019-10063).
    assert verdict(machine, architecture, number, request_, high=0xFFFFFFFF) == wanted


@given(ANY, ANY, ANY)
def test_every_program_of_the_machines_own_kind_may_do_all_else(number, request, high):
    wanted = REFUSE if number >= 0x40000000 or (number == 16 and request in (TIOCSTI, TIOCLINUX)) else ALLOW
    assert verdict("x86_64", X86_64, number, request, high) == wanted


@given(ANY.filter(lambda one: one not in (X86_64, I386)), ANY, ANY)
def test_programs_of_another_kind_may_do_nothing(architecture, number, request):
    assert verdict("x86_64", architecture, number, request) == REFUSE


@pytest.mark.parametrize("machine", ["s390x", "sparc64", "mips64", ""])
def test_a_machine_that_is_not_known_has_no_filter(machine):
    assert terminal.guard(machine) is None
