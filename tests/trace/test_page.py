"""The page of a ladder: search, choice of a conversation, bytes; with the
mouse, and with keys alone."""
from browser import Browser, draw

STATUS = 'document.getElementById("status").textContent'
ABOUT = 'document.getElementById("about").textContent'
BYTES = 'document.getElementById("bytes").textContent'
FOCUSED = "document.activeElement.id"

# The labels of what is neither hidden nor faint.
SHOWN = """Array.from(document.querySelectorAll(".message .label"))
  .filter(label => getComputedStyle(label.parentNode).display != "none" &&
    getComputedStyle(label.parentNode).opacity == 1)
  .map(label => label.textContent)"""

# The page has told its script that it was scrolled.
DRAWN = "new Promise(requestAnimationFrame)"

# The middle of a label, in sight.
PLACE = """(async text => {
  const label = Array.from(document.querySelectorAll(".label"))
    .find(one => one.textContent.includes(text));
  label.scrollIntoView();
  await new Promise(requestAnimationFrame);
  const box = label.getBoundingClientRect();
  return [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
})"""


def type_text(browser, text):
    browser.press(*text)


def search_leaves_what_matches(browser):
    browser.open(draw("tcp", "html"))
    assert browser.ask(STATUS) == "8 messages between 2 endpoints"
    assert len(browser.ask(SHOWN)) == 8
    browser.press("/")
    assert browser.ask(FOCUSED) == "search"
    type_text(browser, "hello")
    assert browser.ask(STATUS) == "2 of 8 messages"
    shown = browser.ask(SHOWN)
    assert [label[:4] for label in shown] == ["22 B", "27 B"], shown
    type_text(browser, "x")
    assert browser.ask(STATUS) == "0 of 8 messages"
    browser.press("Escape")
    assert len(browser.ask(SHOWN)) == 8
    assert browser.ask(STATUS) == "8 messages between 2 endpoints"


def a_conversation_can_be_had_alone(browser):
    browser.open(draw("outside", "html"))
    options = browser.ask("""Array.from(document.querySelectorAll("option"),
      option => option.textContent)""")
    assert options == ["all", "10.0.0.2:40000 ↔ 192.0.2.80:80",
                       "[::1]:40022 ↔ [::1]:8080",
                       "client ↔ 192.0.2.80"], options
    browser.ask("""(() => {
      const choice = document.getElementById("conversation");
      choice.selectedIndex = 2;
      choice.dispatchEvent(new Event("change"));
    })()""")
    assert browser.ask(SHOWN) == ["SYN", "SYN+ACK", "ACK", "RST"]
    assert browser.ask(STATUS) == "4 of 12 messages"


def a_click_shows_the_bytes(browser):
    browser.open(draw("tcp", "html"))
    browser.click(*browser.ask(PLACE + '("22 B")'))
    assert "sent by main, examples/story.lua:15" in browser.ask(ABOUT)
    assert browser.ask(BYTES) == (
        "0000  68 65 6c 6c 6f 20 3c 77 6f 72 6c 64 3e 20 26 20  "
        "hello <world> & \n"
        "0010  22 61 6c 6c 22 0a                                "
        '"all".')
    browser.click(*browser.ask(PLACE + '("SYN+ACK")'))
    assert browser.ask(BYTES) == ""
    assert "SYN+ACK" in browser.ask(ABOUT)


def keys_go_from_one_to_the_next(browser):
    browser.open(draw("udp", "html"))
    labels = []
    for _ in range(3):
        browser.press("ArrowDown")
        labels.append(browser.ask(ABOUT).split("\n")[0])
    assert labels == ['6 B "DATA 1", lost', "timed out waiting to receive",
                      'again, no. 2: 6 B "DATA 1"'], labels
    browser.press("ArrowUp")
    assert browser.ask(ABOUT).startswith("timed out")
    browser.press("End")
    assert browser.ask(ABOUT).startswith('5 B "ACK 3"')
    browser.press("Home")
    assert "Nobody has received it." in browser.ask(ABOUT)
    assert browser.ask("""document.activeElement ==
      document.querySelector("[aria-current]")""")
    browser.keep_picture("page")


def what_the_search_left_out_is_passed_over(browser):
    browser.open(draw("udp", "html"))
    browser.press("/", "A", "C", "K")
    browser.press("ArrowDown")
    assert browser.ask(ABOUT).startswith('5 B "ACK 1"')
    browser.press("ArrowDown")
    assert browser.ask(ABOUT).startswith('5 B "ACK 3"')


def a_long_trace_says_what_it_lacks(browser):
    browser.open(draw("many", "html"))
    assert browser.ask('document.querySelector(".cut").textContent') == \
        "The first 1000 events; 200 more were left out."
    browser.press("End")
    assert " of 1399 bytes" in browser.ask(ABOUT)


def the_heads_stay_in_sight(browser):
    browser.open(draw("many", "html"))
    top = 'document.querySelector(".name").getBoundingClientRect().top'
    before = browser.ask(top)
    browser.press("End")
    browser.ask(DRAWN)
    assert browser.ask('document.getElementById("picture").scrollTop') > 9000
    assert abs(browser.ask(top) - before) < 2


def a_mark_that_looks_like_markup_is_text(browser):
    browser.open(draw("trouble", "html"))
    browser.click(*browser.ask(PLACE + '("EMSGSIZE")'))
    assert "error by <&>, " in browser.ask(ABOUT)


with Browser() as chromium:
    search_leaves_what_matches(chromium)
    a_conversation_can_be_had_alone(chromium)
    a_click_shows_the_bytes(chromium)
    keys_go_from_one_to_the_next(chromium)
    what_the_search_left_out_is_passed_over(chromium)
    a_long_trace_says_what_it_lacks(chromium)
    the_heads_stay_in_sight(chromium)
    a_mark_that_looks_like_markup_is_text(chromium)
