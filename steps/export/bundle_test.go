package export

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"snellen/engine"
	"snellen/engine/step"
	"snellen/engine/store"
	"snellen/steps/export/bundle"
	"snellen/steps/report/document"
)

func TestBundleIsCheckedByItsKeys(t *testing.T) {
	record := store.Record{Manifest: "manifest 1\nkind train 1\n", Ended: noon}
	kind := &step.Kind{Name: "train"}
	b := Bundle{
		Study: "sn/acks", Document: &document.Document{Answer: "80x60 <b>"},
		Spec: map[string][]byte{"snacks.hcl": []byte("study {}\n")},
		Decisions: []*engine.Decision{
			{Node: &engine.Node{Address: "80x60/train", Kind: kind}, Record: &record},
			{Node: &engine.Node{Address: "40x30/train", Kind: kind}},
		},
	}
	var whole bytes.Buffer
	if err := b.Write(&whole); err != nil {
		t.Fatal(err)
	}
	content, err := CheckBundle(bytes.NewReader(whole.Bytes()))
	if err != nil || content.Folder != "sn_acks" || content.Files != 8 {
		t.Fatalf("%+v, %v", content, err)
	}
	files := map[string][]byte{}
	if _, err := bundle.Check(&whole, func(name string, data []byte) error {
		files[name] = data
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	manifest, json := "steps/"+record.Key().String()+manifestSuffix,
		"steps/"+record.Key().String()+recordSuffix
	other := fmt.Sprintf("%x", sha256.Sum256([]byte("other")))
	for _, c := range []struct {
		name, data, want string
	}{
		{manifest, "manifest 1\nkind train 2\n", "is not the key"}, {manifest, "", "no manifest"},
		{json, "", "no record"},
		{json, `{"key":"` + other + `"}`, "another key"}, {json, "no", "invalid"},
		{stepsName, "", "it has no steps.json"}, {stepsName, "no", "invalid"},
	} {
		changed := map[string][]byte{}
		for name, data := range files {
			changed[name] = data
		}
		if changed[c.name] = []byte(c.data); c.data == "" {
			delete(changed, c.name)
		}
		var out bytes.Buffer
		if err := bundle.Write(&out, "x", changed); err != nil {
			t.Fatal(err)
		}
		if _, err := CheckBundle(&out); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.name, c.data, err, c.want)
		}
	}
}
