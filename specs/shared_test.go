package specs

import (
	"fmt"
	"strings"
	"testing"

	"snellen/specs/sharedurl"
)

// TestShared checks what a shared block becomes, and what is wrong with it.
func TestShared(t *testing.T) {
	for _, c := range []struct{ body, want, wrong string }{
		{`url = "file:///nfs/lab/"`, "file:///nfs/lab false", ""},
		{`url = "s3://lab"
  read_only = true`, "s3://lab true", ""},
		{`url = "s3://lab/${local.team}"
  region = null
  endpoint = ""`, "s3://lab/x false", ""},
		{`url = "s3://lab"
  endpoint = "http://localhost:9000/"`, "s3://lab false http://localhost:9000", ""},
		{`url = "s3://lab"
  endpoint = "http://minio.lab:9000"`, "s3://lab false http://minio.lab:9000",
			"warning: spec.hcl:10: everybody on the way to minio.lab can read and change"},
		{`region = "eu-west-1"`, "", "error: spec.hcl:8: this shared block lacks url"},
		{`url = null`, "", "spec.hcl:9: url must not be null"},
		{`url = ""`, "", "spec.hcl:9: a shared store's URL begins with s3:// or file://"},
		{`url = "/nfs/lab"`, "", "hint: write file:///nfs/lab"},
		{`url = "file:///nfs/lab"
  region = "eu-west-1"`, "", "spec.hcl:10: region is for s3:// alone, and url is a folder"},
		{`url = "file:///nfs/lab"
  endpoint = "https://minio.lab"`, "", "spec.hcl:10: endpoint is for s3:// alone"},
		{`url = "file:///nfs/lab"
  profile = "lab"`, "", "spec.hcl:10: profile is for s3:// alone"},
		{`url = "s3://me:hunter2@lab"`, "", "spec.hcl:9: a URL must hold no user"},
		{`url = "s3://lab"
  endpoint = "https://me:hunter2@minio.lab"`, "", "spec.hcl:10: a URL must hold no user"},
		{`url = "s3://${var.token}"`, "", "spec.hcl:9: var.token is sensitive"},
		{`url = "s3://lab"
  endpoint = "https://${local.server}"`, "",
			"spec.hcl:10: local.server is made of var.token, which is sensitive"},
	} {
		src := minimal + `locals {
  team = "x"
}
shared {
  ` + c.body + `
}
variable "token" {
  default = "hunter2"
  sensitive = true
}
locals { server = "s.${var.token}" }
`
		path := spec(t, src)
		s, found := Load(path, Options{})
		var said strings.Builder
		if err := found.Write(&said, 0, false); err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(said.String(), path, "spec.hcl")
		if !strings.Contains(text, c.wrong) || c.wrong == "" && text != "" ||
			strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", c.body, text)
		}
		got := ""
		if s != nil {
			got = fmt.Sprint(s.Shared.URL, " ", s.Shared.ReadOnly)
			if s.Shared.Endpoint != "" {
				got += " " + s.Shared.Endpoint
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.body, got, c.want)
		}
	}
	if s := mustLoad(t, spec(t, minimal), Options{}); s.Shared != nil {
		t.Errorf("without a block: %+v", s.Shared)
	}
}

// checkShared checks the shared block of valid.hcl.
func checkShared(t *testing.T, h *Shared) {
	t.Helper()
	want := Shared{URL: sharedurl.URL{Scheme: "s3", Bucket: "lab", Prefix: "footage/snellen"},
		Region: "eu-west-1", Endpoint: "https://minio.lab:9000", Profile: "lab", ReadOnly: true}
	if len(h.Where) != 5 || h.Where["url"].Line == 0 {
		t.Errorf("it is at %v", h.Where)
	}
	got := *h
	if got.Where = nil; got.URL != want.URL || got.Region != want.Region ||
		got.Endpoint != want.Endpoint || got.Profile != want.Profile || !got.ReadOnly {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
