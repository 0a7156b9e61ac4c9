"""Comments in what is no shell text: strings silence nothing, and here-documents only findings that stand in them."""

from __future__ import annotations

import pytest

WHY = "# certify: ignore[ENV104] -- of the vendor"
OWN = "# certify: ignore[ENV102] -- of the vendor"
SET = "export LD_LIBRARY_PATH=/x"


def step(*lines: str) -> str:
    return "".join(f"      {line}\n" for line in ("", *lines)).replace("      \n", "steps:\n  - run: |\n", 1)


def codes(outcome) -> list[str]:
    return [finding.code for finding in outcome.findings]


@pytest.mark.parametrize("lines", [
    ("cat > /etc/profile.d/a.sh <<'EOF'", WHY, SET, "EOF"),
    ("cat > /etc/profile.d/a.sh <<EOF", "# words", f"{SET}  {WHY}", "EOF"),
    ("cat > /etc/profile.d/a.sh <<-EOF", f"    {WHY}", "    # more words", "", f"    {SET}", "EOF"),
    ("bash <<'EOF'", "true", f"{SET}  {OWN}", "EOF"),
])
@pytest.mark.parametrize("container", [False, True])
def test_in_a_here_document_the_finding_of_its_line_is_silenced(snippet, lines, container):
    file = "Containerfile" if container else "recipe.yaml"
    text = "FROM debian:12\nRUN true; \\\n  " + "\n".join(lines) + "\n" if container else step(*lines)
    outcome = snippet(text, file)
    assert codes(outcome) == []
    assert [one.reason for one in outcome.silenced] == ["of the vendor"]
    assert codes(snippet(text.replace("certify:", "nobody:"), file)) in (["ENV104"], ["ENV102"])


def test_in_the_file_that_copy_writes(snippet):
    text = f"FROM debian:12\nCOPY <<EOF /etc/profile.d/a.sh\n{WHY}\n{SET}\nEOF\n"
    assert codes(snippet(text, "Containerfile")) == []
    assert codes(snippet(text.replace(WHY, WHY.partition(" --")[0]), "Containerfile")) == ["SCH008", "ENV104"]


@pytest.mark.parametrize("container", [False, True])
@pytest.mark.parametrize("lines", [
    ("cat > /usr/share/doc/x <<'EOF'", "write", WHY, "above it", "EOF"),
    ("cat > /usr/share/doc/x <<'EOF'", "write  # certify: ignore[ENV1O4]", "EOF"),
    ("cat > /usr/share/doc/x <<'EOF'", "# certify: ignore[ENV104] until=2020-01-01 -- x", "EOF"),
    ("cat > /usr/share/doc/x <<'EOF'", "# certify: ignore", "EOF"),
])
def test_words_for_others_are_no_fault(snippet, lines, container):
    text = "FROM debian:12\nRUN " + "\n".join(lines) + "\n" if container else step(*lines)
    assert codes(snippet(text, "Containerfile" if container else "recipe.yaml")) == []


@pytest.mark.parametrize("wrong", ["# certify: ignore[ENV104]", "# certify: ignore[ENV104] until=2020-01-01 -- x"])
def test_one_that_is_for_a_finding_and_wrong_is_told(snippet, wrong):
    outcome = snippet(step("cat > /etc/profile.d/a.sh <<'EOF'", f"{SET}  {wrong}", "EOF"))
    assert sorted(codes(outcome)) == ["ENV104", "SCH008"]


@pytest.mark.parametrize("lines", [
    ("cat > /x <<'EOF'", OWN, "EOF"),
    ("cat > /x <<'EOF'", "a", f"{OWN}", "", "EOF"),
    (f"{SET}; cat > /x <<'EOF'", OWN, "a", "EOF"),
])
@pytest.mark.parametrize("container", [False, True])
def test_a_here_document_reaches_no_line_outside(snippet, lines, container):
    text = "FROM debian:12\nRUN " + "\n".join(lines) + f"\nRUN {SET}\n" if container else step(*lines, SET)
    outcome = snippet(text, "Containerfile" if container else "recipe.yaml")
    assert set(codes(outcome)) == {"ENV102"}
    assert outcome.silenced == []


@pytest.mark.parametrize("command", [
    f"echo 'x {OWN}' && {SET}", f'echo "x {OWN}" && {SET}', f"echo 'x\\\n  y {OWN}' && {SET}",
    f'["sh", "-c", "echo \'x {OWN}\'; {SET}"]', f"echo \\# certify {OWN.replace('# ', chr(92) + '# ')}; {SET}"])
def test_what_stands_in_a_string_of_a_containerfile_is_no_comment(snippet, command):
    outcome = snippet(f"FROM debian:12\nRUN {command}\n", "Containerfile")
    assert codes(outcome) == ["ENV102"]
    assert outcome.silenced == []


def test_a_comment_after_a_string_with_a_sign_is_one(snippet):
    outcome = snippet(f"FROM debian:12\nRUN echo 'a # b' && {SET}  {OWN}\n", "Containerfile")
    assert codes(outcome) == [] and len(outcome.silenced) == 1
