package specs

import (
	"bytes"
	"strings"
	"testing"
)

func TestFormat(t *testing.T) {
	crooked := `

study   "x"   {
      seed=1   # the seed
   replicates   =   1 # once


  }
label "A" {videos=[ "a.mp4" ,"b  b.mp4"]}
locals {
  a=f( 1,2 )
  longer = -1+ 2
  m = {
  x=1
  long = [
  1,2,
  { y = "  ${  a }  " },
  ]
  }
  t = <<EOT
    kept   as it is
  ${ a+b }
EOT
  for=[for k , v in m:k if v>1]
  w = a[0].b[ "c" ]   /* inner  */ + 1
}
// last`
	want := `study "x" {
  seed       = 1 # the seed
  replicates = 1 # once

}
label "A" { videos = ["a.mp4", "b  b.mp4"] }
locals {
  a      = f(1, 2)
  longer = -1+ 2
  m = {
    x = 1
    long = [
      1, 2,
      { y = "  ${  a }  " },
    ]
  }
  t = <<EOT
    kept   as it is
  ${ a+b }
EOT
  for = [for k, v in m:k if v>1]
  w   = a[0].b["c"] /* inner  */ + 1
}
// last
`
	got, found := Format([]byte(crooked))
	if len(found) > 0 || string(got) != want {
		t.Errorf("%v\n%s", found, got)
	}
	if again, _ := Format(got); !bytes.Equal(again, got) {
		t.Errorf("a second time:\n%s", again)
	}
	if out, _ := Format([]byte("a   =   1")); string(out) != "a = 1\n" {
		t.Errorf("without a line feed at its end: %q", out)
	}
	if out, found := Format([]byte("x {")); out != nil || !found.HasErrors() ||
		found.Named("s.hcl")[0].At != (Position{"s.hcl", 1}) {
		t.Errorf("%q, %v", out, found)
	}
	if out, found := Format(nil); len(out) > 0 || len(found) > 0 {
		t.Errorf("%q, %v", out, found)
	}
}

func TestReference(t *testing.T) {
	text := Reference()
	for _, want := range []string{
		"### `study \"NAME\"`", "| `seed` | integer, 0 to 2147483647 | `2020` |",
		"| `split` | `\"blocks\"`, `\"groups\"`, `\"random\"` | `\"blocks\"` |",
		"#### `grid`, in `evaluation`", "| `expect` | list of strings | required |",
		"Not in this version: `camera`.", "`fileset(FOLDER, PATTERN)`",
		"`eps` | number, 0 to 1 | `0.00000001` |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the reference lacks %s", want)
		}
	}
	var inAll func(b *block)
	inAll = func(b *block) {
		for _, a := range b.attributes {
			if !strings.Contains(text, "`"+a.name+"`") {
				t.Errorf("%s.%s is in no table", b.name, a.name)
			}
		}
		for _, c := range b.blocks {
			inAll(c)
		}
	}
	inAll(language)
}
