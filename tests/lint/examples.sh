#!/usr/bin/env bash
# An example is short enough to be read aloud: no role (a function, or what
# stands outside of them) has more than 25 lines of code. It opens with a
# comment, the first line of which examples/run shows. Both READMEs have it.
. tests/lint/report

awk '
  function finish(part, lines) {
    if (lines > 25)
      print file ": " part ": " lines " lines"
  }
  FNR == 1 {
    finish("outside of functions", outside)
    file = FILENAME
    outside = 0
    name = ""
  }
  /^(local )?function/ { name = $0; inside = 0 }
  !/^ *(--|$)/ { if (name == "") outside++; else inside++ }
  /^end/ && name != "" { finish(name, inside); name = "" }
  END { finish("outside of functions", outside) }' examples/*.lua |
  report "roles over 25 lines"

for example in examples/*.lua; do
  sed '/^#!/d' "$example" | sed -n '1{/^-- [^ ]/!p}' | sed "s|^|$example: |"
done | report "examples without an opening comment"

for example in examples/*.lua; do
  name=$(basename "$example" .lua)
  grep -q "^\*\*[0-9]*\. $name\*\*:" examples/README.md &&
    grep -qF "[$name]($example)" README.md || echo "$example"
done | report "examples that the course or the README does not have"

exit $status
