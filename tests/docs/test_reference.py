"""The pages that are made from the code are those that the code makes now, and say something of everything."""

import dataclasses
import importlib.util
import inspect
import re

import pytest
from pages import PAGES, table
from support import ROOT

import dedupe

pytest.importorskip("httpx", reason="the extra `client` is not installed")
SPEC = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
REFERENCE = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(REFERENCE)


@pytest.mark.parametrize("page", REFERENCE.PAGES)
def test_pages_made_from_the_code_are_current(page):
    made = REFERENCE.PAGES[page]()
    assert PAGES[f"docs/{page}"] == made, f"run: python docs/reference.py (docs/{page} is older than the code)"


def test_every_setting_has_a_default_a_range_and_what_a_higher_value_does():
    documented = table("docs/settings.md", "All settings")
    assert list(documented)[: len(dataclasses.fields(dedupe.Settings))]
    for field in dataclasses.fields(dedupe.Settings):
        default, span, effect, _ = documented[field.name]
        assert default == str(field.default)
        assert span
        assert len(effect) > 20


def test_every_public_name_and_each_of_its_methods_and_fields_is_explained():
    page = PAGES["docs/python.md"]
    assert sorted(re.findall(r"^## (\w+)$", page, re.MULTILINE)) == sorted([*dedupe.__all__, "Exceptions"])
    for name in dedupe.__all__:
        public = getattr(dedupe, name)
        own = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        if isinstance(public, type):
            methods = [key for key, value in vars(public).items() if inspect.isfunction(value) and key[0] != "_"]
            assert [key for key in methods if f"**`{name}.{key}`**" not in own] == []
        if dataclasses.is_dataclass(public) and public is not dedupe.Settings:
            assert [field.name for field in dataclasses.fields(public) if f"| `{field.name}` |" not in own] == []


def test_no_page_holds_a_place_in_memory_or_a_mark_of_another_format():
    for page in REFERENCE.PAGES:
        assert not re.search(r"0x[0-9a-f]{6,}|<function|:class:|(?<!`)``(?!`)", PAGES[f"docs/{page}"])
