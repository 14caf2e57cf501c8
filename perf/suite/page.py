"""The page: between two marks (<!-- suite:echo --> ... <!-- /suite:echo -->) stands what the suite wrote, and everything else is left as it is."""
import json
import re

import tables
from places import PAGES
from texts import Language


def read(folder):
    """What was measured, by case."""
    return {file.stem: json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))}


def write_samples(folder, case, result):
    """One line a sample: what changes from run to run changes lines."""
    folder.mkdir(parents=True, exist_ok=True)
    head = json.dumps({key: value for key, value in result.items() if key != "samples"}, ensure_ascii=False)
    lines = ",\n".join(json.dumps(sample, separators=(",", ":")) for sample in result["samples"])
    (folder / f"{case}.json").write_text(f"{head[:-1]}, \"samples\": [\n{lines}\n]}}\n")


def sections(results, language):
    for name, section in tables.SECTIONS.items():
        if name in results or (results and name in ("machine", "targets")):
            yield name, section(results, language)


def write_pages(results):
    for code, page in PAGES.items():
        text = page.read_text()
        for name, written in sections(results, Language(code)):
            text, count = re.subn(rf"(<!-- suite:{name} -->\n).*?(<!-- /suite:{name} -->)", lambda found: f"{found[1]}\n{written}\n\n{found[2]}", text, flags=re.DOTALL)
            if count != 1:
                raise SystemExit(f"{page.name}: the marks of {name} stand {count} times in it")
        page.write_text(text)


def show(results):
    for name, written in sections(results, Language("en")):
        print(f"## {name}\n\n{written}\n")
