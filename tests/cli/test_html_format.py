"""The format ``html`` on the command line."""

from selectolax.lexbor import LexborHTMLParser


def head_of(path):
    return LexborHTMLParser(path.read_text(encoding="utf-8")).css_first("header").text()


def test_cluster_writes_a_page_and_says_the_counts_on_stderr(run, seeds, tmp_path):
    path = tmp_path / "report.html"
    ran = run("cluster", seeds, "--format", "html", "-o", path)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith("5 articles")
    assert "Stories in 5 articles" in head_of(path)


def test_a_page_can_go_to_stdout_and_is_the_same(run, seeds, tmp_path):
    path = tmp_path / "report.html"
    run("cluster", seeds, "--format", "html", "-o", path)
    assert run("cluster", seeds, "--format", "html").out == path.read_text(encoding="utf-8")


def test_texts_and_size_are_chosen(run, seeds, tmp_path):
    path = tmp_path / "report.html"
    run("cluster", seeds, "--format", "html", "-o", path, "--report-texts", "none")
    assert "(--report-texts none)" in head_of(path)
    run("cluster", seeds, "--format", "html", "-o", path, "--report-texts", "all", "--report-mb", "2")
    assert "Not in this page" not in head_of(path)
    assert run("cluster", seeds, "--format", "html", "--report-mb", "0").code == 2


def test_align_writes_a_page_and_with_all_the_new_sentences_too(run, seeds, tmp_path):
    left, right, *_ = sorted(seeds.glob("*.txt"))
    path = tmp_path / "pair.html"
    sizes = []
    for options in ([], ["--all"]):
        assert run("align", left, right, "--format", "html", "-o", path, *options).code == 0
        assert "direction:" in head_of(path)
        sizes.append(path.stat().st_size)
    assert sizes[0] < sizes[1]


def test_texts_and_size_of_the_page_of_an_alignment_are_chosen(run, tmp_path):
    shared = "Divers recovered the bell of the ferry from the bottom of the bay on Tuesday."
    texts = {"left": f"{shared} It rained on the coast.", "right": f"{shared} Nobody came to the harbour to see it."}
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(f"Bell\n\n{text}", encoding="utf-8")
    two, path = [tmp_path / f"{name}.txt" for name in texts], tmp_path / "pair.html"
    pages = {}
    for chosen in ("none", "matched", "all"):
        assert run("align", *two, "--format", "html", "-o", path, "--report-texts", chosen).code == 0
        pages[chosen] = path.read_text(encoding="utf-8")
    assert [shared in page for page in pages.values()] == [False, True, True]
    assert ["Nobody came" in page for page in pages.values()] == [False, False, True]
    assert "The sentences (--report-texts none)." in pages["none"]
    run("align", *two, "--format", "html", "-o", path, "--all")
    assert path.read_text(encoding="utf-8") == pages["all"]
    assert run("align", *two, "--format", "html", "--report-mb", "0").code == 2
    assert run("align", *two, "--format", "html", "--report-mb", "1").code == 0


def test_audit_writes_a_page(run, seeds, tmp_path):
    path = tmp_path / "audit.html"
    ran = run("audit", seeds, "--format", "html", "-o", path, "--report-texts", "none", "--report-mb", "2")
    assert (ran.code, ran.out) == (0, "")
    assert "Reused words in 5 articles" in head_of(path)
