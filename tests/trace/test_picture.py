"""Ladders as a browser shows them, light and dark: nothing overlaps, every
message tells more to who points at it, and all of it can be read."""
from browser import Browser, draw

STORIES = "tcp", "udp", "outside", "trouble", "unix"

# Of each text where it is.
TEXTS = """Array.from(document.querySelectorAll("text"), text => {
  const box = text.getBoundingClientRect();
  return [text.textContent, box.left, box.top, box.right, box.bottom];
})"""

SIZE = """(() => {
  const box = document.documentElement.getBoundingClientRect();
  return [box.width, box.height];
})()"""

TITLES = """Array.from(document.querySelectorAll(".rung"), rung =>
  rung.querySelector("title").textContent)"""

# The colours of what is drawn, with what they are drawn on.
COLORS = """(() => {
  const color = (at, name) => getComputedStyle(at)[name];
  const paper = color(document.querySelector(".paper"), "fill");
  const found = [];
  for (const text of document.querySelectorAll("text")) {
    const box = text.parentNode.querySelector("rect");
    found.push([text.textContent, 4.5, color(text, "fill"),
      box ? color(box, "fill") : paper]);
  }
  for (const line of document.querySelectorAll(".line, .cross, .life"))
    found.push([line.getAttribute("class"), 3, color(line, "stroke"), paper]);
  return found;
})()"""

# What is under the pointer at a quarter of the first arrow with such a label.
POINTED = """(label => {
  const rung = Array.from(document.querySelectorAll(".message")).find(
    one => one.querySelector("title").textContent.startsWith(label));
  const line = rung.querySelector(".line");
  const point = line.getPointAtLength(line.getTotalLength() / 4)
    .matrixTransform(line.getScreenCTM());
  return document.elementFromPoint(point.x, point.y + 3)
    .closest(".rung").querySelector("title").textContent;
})"""


def numbers(color):
    """Of "rgb(1, 2, 3)"."""
    return [int(part) for part in color[color.index("(") + 1:-1].split(",")]


def brightness(color):
    """The relative luminance of WCAG 2."""
    parts = [part / 255 for part in numbers(color)]
    red, green, blue = (part / 12.92 if part <= 0.03928
                        else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def check_room(browser, story):
    texts = browser.ask(TEXTS)
    width, height = browser.ask(SIZE)
    assert len(texts) > 8, texts
    for at, (text, left, top, right, bottom) in enumerate(texts):
        assert left >= 0 and right <= width, (story, text, left, right, width)
        assert top >= 0 and bottom <= height, (story, text, top, bottom)
        for other, left2, top2, right2, bottom2 in texts[:at]:
            assert (right <= left2 or right2 <= left or bottom <= top2 + 1 or
                    bottom2 <= top + 1), (story, text, other)


def check_colors(browser, story, scheme):
    for what, least, ink, paper in browser.ask(COLORS):
        found = contrast(ink, paper)
        assert found >= least, (story, scheme, what, ink, paper, found)


def paper(browser):
    return browser.ask(
        'getComputedStyle(document.querySelector(".paper")).fill')


def every_picture_can_be_read(browser):
    for story in STORIES:
        browser.open(draw(story, "svg"), 1800)
        check_room(browser, story)
        papers = []
        for scheme in "light", "dark":
            browser.prefer(scheme)
            check_colors(browser, story, scheme)
            browser.keep_picture(f"{story}-{scheme}")
            papers.append(brightness(paper(browser)))
        assert papers[0] > 0.9 and papers[1] < 0.1, papers
        browser.prefer("dark", "print")
        assert brightness(paper(browser)) == 1
        browser.prefer("light")


def a_stable_picture_has_room_too(browser):
    browser.open(draw("tcp", "svg", "stable"))
    check_room(browser, "stable")
    assert browser.ask('document.querySelectorAll(".time").length') == 0


def every_message_tells_more(browser):
    browser.open(draw("tcp", "svg"))
    titles = browser.ask(TITLES)
    assert len(titles) == 9 and all(titles), titles
    pointed = browser.ask(POINTED + '("27 B")')
    assert '"HELLO from 127.0.0.1:50312\\n"' in pointed, pointed
    assert "127.0.0.1:12000 → 127.0.0.1:50312" in pointed, pointed
    assert "sent by handler, examples/story.lua:17" in pointed, pointed


def what_is_special_is_no_matter_of_color(browser):
    browser.open(draw("udp", "svg"))
    dashed = browser.ask("""Array.from(document.querySelectorAll(".line"),
      line => getComputedStyle(line).strokeDasharray)""")
    assert len([dash for dash in dashed if dash != "none"]) == 1, dashed
    assert browser.ask('document.querySelectorAll(".cross").length') == 2
    labels = browser.ask("""Array.from(document.querySelectorAll(".label"),
      label => label.textContent)""")
    assert '6 B "DATA 1", lost' in labels, labels
    assert 'again, no. 2: 6 B "DATA 1"' in labels, labels
    assert browser.ask('document.querySelector(".fold").textContent') == \
        "⋯ 1.0 s ⋯"


def it_fits_a_narrow_window(browser):
    browser.open(draw("outside", "svg"), 500)
    assert browser.ask(SIZE)[0] <= 500


def a_page_can_hold_it_as_an_image(browser):
    path = draw("tcp", "svg")
    page = path + ".html"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(page, "w", encoding="utf-8") as file:
        file.write("<!DOCTYPE html><meta charset=utf-8>" + text)
    browser.open(page)
    assert browser.ask('document.querySelectorAll("script").length') == 0
    assert browser.ask('document.querySelector("svg").getAttribute("role")') \
        == "img"
    names = browser.ask("""document.querySelector("svg")
      .getAttribute("aria-labelledby").split(" ")
      .map(id => document.getElementById(id).textContent)""")
    assert names == ["story.lua", "8 messages between 2 endpoints"], names


with Browser() as chromium:
    every_picture_can_be_read(chromium)
    a_stable_picture_has_room_too(chromium)
    every_message_tells_more(chromium)
    what_is_special_is_no_matter_of_color(chromium)
    it_fits_a_narrow_window(chromium)
    a_page_can_hold_it_as_an_image(chromium)
