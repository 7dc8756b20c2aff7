package demo

import (
	"os"
	"path/filepath"
	"testing"

	"snellen/specs"
)

// TestCloudSpec checks that the spec for the cloud is valid, without warnings.
func TestCloudSpec(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "footage"), 0o777); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, sh := range shelves {
		names = append(names, "shelf_"+sh.name)
	}
	for _, d := range designs {
		names = append(names, d.label)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(dir, "footage", name+".mp4"), []byte("x"),
			0o666); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "demo.hcl")
	if err := os.WriteFile(path, []byte(CloudSpec()), 0o666); err != nil {
		t.Fatal(err)
	}
	study, list := specs.Load(path, specs.Options{})
	if study == nil || len(list) > 0 || study.Trainer.SageMaker == nil {
		t.Errorf("%v", list)
	}
}
