#!/usr/bin/env python3
"""Writes doc/classroom.md on standard output: classroom.in.md with its tables,
which come from the command table, lib/smtp/reply.c and replies.txt.  A reply without
a line there, or a line without a reply, is an error."""
import os
import re
import sys

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def joined(literals):
    """The text of C string literals that are adjacent."""
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))


def rfc(sections):
    """`3.1, 4.3.1` as links; without an RFC number they are of RFC 5321."""
    number = re.match(r"RFC (\d+) (.*)", sections)
    of, sections = number.groups() if number else ("5321", sections)
    if sections == "-":
        return "-"
    url = f"https://www.rfc-editor.org/rfc/rfc{of}#section-"
    return f"RFC {of} " + ", ".join(
        f"[{s}]({url}{s})" for s in sections.split(", "))


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def code(text):
    return f"`{text}`" if text else ""


def command_rows(source):
    """(verb, second word or None, phases, traits, syntax or None) of each."""
    body = source.split("commands[] = {", 1)[1].split("};", 1)[0]
    pattern = (r'\{ \{ "(\w+)", (NULL|"\S+"), \w+ \},\s*([^,]+),\s*([^,]+),'
               r'\s*(\w+),\s*((?:NULL|"[^}]*"))\s*\}')
    for verb, second, phases, traits, answer, syntax in re.findall(
            pattern, body):
        if syntax == "NULL" and answer != "NULL":
            continue  # of the other protocol: only answered with an error
        yield (verb, None if second == "NULL" else second.strip('"'),
               phases.strip(), set(traits.strip().split(" | ")),
               None if answer == "NULL" else joined(syntax))
    found = len(re.findall(pattern, body))
    if found != body.count("{ {"):
        sys.exit(f"classroom.py: {found} commands of {body.count('{ {')}")


ORDER = {"PHASE_ANY": "any time", "PHASE_GREETED": "between two messages",
         "PHASE_MAIL | PHASE_RCPT": "after MAIL"}


def commands(rows, refused):
    for verb, second, phases, traits, syntax in rows:
        if syntax is None or "TRAIT_ONLY_LMTP" in traits:
            continue
        words, number, section = re.match(
            r"(.*) \(RFC (\d+) ([\d.]+)\)$", syntax).groups()
        lab = ""
        if "TRAIT_LAB" in traits:
            lab = (verb + second + " <address>" if second
                   else words.replace("HELO domain", "HELO"))
        lab_no = ""
        if "TRAIT_LAB_421" in traits:
            lab_no = refused
        elif verb == "DATA":
            lab_no = refused + ", too early"
        order = "after RCPT" if verb in ("DATA", "BDAT") else ORDER[phases]
        yield [code(lab), code(words), order, lab_no,
               rfc(f"RFC {number} {section}")]


def reply_rows(source):
    """(id, code, enhanced or "", words) of each."""
    body = source.split("replies[REPLY_COUNT] = {", 1)[1].split("};", 1)[0]
    rows = re.findall(r'\[REPLY_(\w+)\]\s*= \{ (\d+), *(NULL|"[\d.]+"),\s*'
                      r'((?:"[^"]*"\s*)+)\}', body)
    if len(rows) != body.count("[REPLY_"):
        sys.exit(f"classroom.py: {len(rows)} replies of "
                 f"{body.count('[REPLY_')}")
    for name, number, enhanced, words in rows:
        yield (name, int(number), joined(enhanced),
               joined(words).replace("%h", "HOST").replace("%p", " <PATH>")
               .replace("%c", "CHALLENGE"))


def notes(text):
    """id: (commands, sections, when)"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        match = re.match(r"(\w+) +(\S+) +((?:RFC \d+ )?(?:[\d.]+(?:, [\d.]+)*"
                         r"|-)) +(.*)$", line)
        if not match or match.group(1) in found:
            sys.exit(f"classroom.py: replies.txt: {line}")
        found[match.group(1)] = match.groups()[1:]
    return found


BEFORE_EHLO = ("NO_SERVICE", "NON_SMTP")


def replies(rows, told, traits, refused):
    for name, number, enhanced, words in rows:
        by, sections, when = told.pop(name)
        by = [] if by == "-" else by.split(",")
        unknown = [verb for verb in by if verb not in traits]
        if unknown:
            sys.exit(f"classroom.py: replies.txt: {name}: {unknown}")
        lmtp = name.endswith("LMTP")  # without the lab
        here = [verb for verb in by if "TRAIT_LAB" in traits[verb] and not lmtp]
        founding, words = words.replace("%i", ""), words.replace("%i", " ID")
        lab = f"`{number} {founding}`" if here or not by and not lmtp else ""
        if number >= 400 and here:
            no = [verb for verb in here if "TRAIT_LAB_421" in traits[verb] or (
                verb == "DATA" and
                name in ("OUT_OF_ORDER", "NO_VALID_RCPT"))]
            if no == here:
                lab = refused
            elif no:
                lab += f"; {', '.join(no)}: {refused}"
        if name == "LAB_REFUSED":
            yield ["", refused, ", ".join(by), when, ""]
            continue
        real = f"{number} {enhanced} {words}" \
            if enhanced and name not in BEFORE_EHLO else f"{number} {words}"
        yield [code(real), lab, ", ".join(by), when, rfc(sections)]
    if told:
        sys.exit(f"classroom.py: no such reply: {', '.join(told)}")


def keywords(source):
    body = source.split("\nreply_write_ehlo(", 1)[1].split("\n}", 1)[0]
    for line in body.splitlines():
        found = re.search(r"/\* RFC (\d+)(?: [\d.]+)? \*/", line)
        words = re.findall(r"250[- ]([A-Z0-9]+(?: RCPTMAX=)?)", line)
        if found and words:
            yield [code(words[-1] + ("n" if words[-1].endswith("=") else
                                     " n" if words[-1] == "SIZE" else "")),
                   f"[RFC {found.group(1)}](https://www.rfc-editor.org/rfc/"
                   f"rfc{found.group(1)})"]


def main():
    rows = list(command_rows(read("smtp-stdio.c")))
    reply_source = read("lib/smtp/reply.c")
    known = list(reply_rows(reply_source))
    told = notes(read("doc/classroom/replies.txt"))
    lacking = [row[0] for row in known if row[0] not in told]
    if lacking:
        sys.exit(f"classroom.py: not in replies.txt: {', '.join(lacking)}")
    refused = next(f"`{row[1]} {row[3]}`" for row in known
                   if row[0] == "LAB_REFUSED")
    traits = {row[0]: row[3] for row in rows}
    page = read("doc/classroom/classroom.in.md")
    for name, text in {
            "COMMANDS": table(
                ["In the lab", "In SMTP", "In order", "The lab refuses with",
                 "Where"], commands(rows, refused)),
            "REPLIES": table(
                ["In SMTP, after EHLO", "In the lab", "To", "When", "Where"],
                replies(known, told, traits, refused)),
            "KEYWORDS": table(["Offered", "Where"], keywords(reply_source)),
    }.items():
        if page.count(f"@{name}@\n") != 1:
            sys.exit(f"classroom.py: not one @{name}@")
        page = page.replace(f"@{name}@\n", text + "\n")
    sys.stdout.write(page)


main()
