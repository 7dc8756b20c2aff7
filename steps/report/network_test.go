package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"snellen/steps/report/document"
)

// modelled adds what a local training leaves of its model to the outputs of a training.
func modelled(outputs map[string]string, layers int, more string) map[string]string {
	outputs["model.safetensors"] = "weights"
	outputs["model.json"] = fmt.Sprintf(`{"format":1,"classes":["A","B"],"num_layers":%d%s}`,
		layers, more)
	outputs["summary.json"] = strings.Replace(outputs["summary.json"], "{",
		`{"parameters":1026,`, 1)
	return outputs
}

const (
	frozen = `,"network":"squeezenet1.1","pretrained":{"name":"SqueezeNet 1.1","digest":"6b31",` +
		`"licence":"BSD-2-Clause AND MIT","fine_tuned":false}`
	tuned = `,"network":"resnet-v1","pretrained":{"name":"ResNet-50","digest":"abcd",` +
		`"fine_tuned":true}`
)

// networksOf returns a report of resolutions whose trainings have model.json as given: layers and
// what follows.
func networksOf(t *testing.T, copies int, models ...string) *Report {
	t.Helper()
	study, w := simple(), world{}
	study.Trainer.Copies = copies
	for i, more := range models {
		layers := 8
		if more != "" {
			layers = 0
		}
		w[study.Resolutions[i].Name+"/train"] = modelled(trained(0.9), layers, more)
	}
	return readOf(t, study, w)
}

func TestNetworks(t *testing.T) {
	const squeeze = "SqueezeNet 1.1, pretrained on ImageNet (BSD-2-Clause AND MIT); its head " +
		"alone was trained, on features of each frame"
	const whole = "ResNet-50, with pretrained weights from a file (their licence is not known); " +
		"its head was trained first, and then the whole network."
	for _, c := range []struct {
		copies int
		models []string
		remark string // "": none
		method string
	}{
		{2, []string{frozen, frozen}, "Networks: " + squeeze + " and 2 augmented copies.",
			"At 320x240, 80x60: " + squeeze + " and 2 augmented copies. The SHA-256 of the " +
				"weights that it began with is 6b31."},
		{1, []string{frozen}, "Networks: " + squeeze + " and 1 augmented copy.", "At 320x240: "},
		{0, []string{frozen}, "Networks: " + squeeze + ".", "At 320x240: "},
		{2, []string{tuned, tuned}, "Networks: " + whole, "At 320x240, 80x60: " + whole},
		{2, []string{tuned, ""}, "Network of 320x240: " + whole + " Network of 80x60: residual " +
			"network of 8 layers, trained from random weights.", "At 80x60: residual network"},
		{2, []string{"", ""}, "", "At 320x240, 80x60: residual network of 8 layers, trained from " +
			"random weights."},
	} {
		d := networksOf(t, c.copies, c.models...).Document()
		var remark string
		for _, text := range d.Remarks {
			if strings.HasPrefix(text, "Network") {
				remark = text
			}
		}
		if remark != c.remark {
			t.Errorf("remark %q, want %q", remark, c.remark)
		}
		if m := d.Methods[0]; m.Name != "networks" || !strings.Contains(m.Text, c.method) {
			t.Errorf("method %+v, want %q", m, c.method)
		}
	}
}

// report.json has each resolution's network; a trainer elsewhere describes its own in another form.
func TestNetworkInJSON(t *testing.T) {
	r := networksOf(t, 2, frozen, "")
	list := r.Document().Resolutions
	want := document.Network{
		Name: "SqueezeNet 1.1", Digest: "6b31", Licence: "BSD-2-Clause AND MIT",
		Trained: document.TrainedHead, Parameters: 1026,
	}
	if *list[0].Network != want || list[1].Network.Trained != document.TrainedScratch {
		t.Errorf("%+v, %+v", list[0].Network, list[1].Network)
	}
	var js bytes.Buffer
	if err := r.WriteJSON(&js); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(&js)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema(t).Validate(value); err != nil {
		t.Error(err)
	}
	w := world{"320x240/train": trained(0.9)}
	w["320x240/train"]["model.json"] = `{"format":"sagemaker","num_layers":18}`
	if d := readOf(t, simple(), w).Document(); d.Resolutions[0].Network != nil ||
		d.Methods[0].Name == "networks" {
		t.Errorf("a network of SageMaker's: %+v", d.Resolutions[0].Network)
	}
}
