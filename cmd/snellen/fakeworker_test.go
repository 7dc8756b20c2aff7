package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"

	"snellen/engine/step"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/train"
	"snellen/steps/video"
	"snellen/steps/worker"
)

// fakeWorker speaks the worker's protocol and makes results up, the same for the same parameters. A request whose kind
// and parameters contain FAKE_FAIL fails, and one that contains FAKE_DIE ends the process. One that contains FAKE_GATE
// first opens the FIFO "started", and goes on when the FIFO "go" was opened by somebody else. FAKE_WEIGHTS is written to
// the end of trained weights, and FAKE_ACCURACY is reported of them, so that a training can be one that differs.
func fakeWorker() {
	answer := json.NewEncoder(os.Stdout)
	answer.Encode(worker.Reply{Type: "hello", Protocol: worker.Protocol, Tools: map[string]string{"libav": "fake 1", "opencv": "fake 1", "libtorch": "fake 1"}})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r worker.Request
		if json.Unmarshal(lines.Bytes(), &r) != nil || r.Type != "run" {
			continue
		}
		done := worker.Reply{Type: "done", ID: r.ID}
		if err := fake(r, func(p step.Progress) { answer.Encode(worker.Reply{Type: "progress", ID: r.ID, Progress: &p}) }); err != nil {
			done.Error, done.Hint = err.Error(), step.Hint(err)
		}
		answer.Encode(done)
	}
}

func fake(r worker.Request, report func(step.Progress)) error {
	said := func(name string) bool {
		word := os.Getenv(name)
		return word != "" && strings.Contains(r.Kind+" "+string(r.Params), word)
	}
	if said("FAKE_DIE") {
		fmt.Fprintln(os.Stderr, "fake: segmentation fault")
		os.Exit(139)
	}
	if said("FAKE_GATE") {
		touch, _ := os.OpenFile("started", os.O_WRONLY, 0) // waits for a reader
		touch.Close()
		wait, _ := os.Open("go") // waits for a writer
		wait.Close()
	}
	if said("FAKE_FAIL") {
		report(step.Progress{Log: "fake: about to fail"})
		return step.WithHint(fmt.Errorf("the fake was told to fail"), "unset FAKE_FAIL")
	}
	switch r.Kind {
	case "extract":
		return fakeExtract(r)
	case "train":
		return fakeTrain(r, report)
	case "evaluate", "draw":
		return fakeEvaluate(r)
	case "crops":
		return fakeCrops(r)
	case "classify":
		return fakeClassify(r)
	}
	return fmt.Errorf("no kind %q", r.Kind)
}

func write(r worker.Request, name string, value any) error {
	data, ok := value.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(value); err != nil {
			return err
		}
	}
	path := filepath.Join(r.Out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o666)
}

func fakeExtract(r worker.Request) error {
	data, err := os.ReadFile(r.Inputs["selection"])
	if err != nil {
		return err
	}
	var selection video.Selection
	if err := json.Unmarshal(data, &selection); err != nil {
		return err
	}
	var p frames.ExtractParams
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, p.Width, p.Height)), nil); err != nil {
		return err
	}
	sets := map[string]*bytes.Buffer{"train": {}, "validation": {}}
	counts := map[string]uint64{}
	for _, v := range selection.Videos {
		for _, f := range v.Chosen {
			record(sets[f.Set], counts[f.Set], picture.Bytes())
			counts[f.Set]++
		}
	}
	for name, b := range sets {
		if err := write(r, name+".rec", b.Bytes()); err != nil {
			return err
		}
	}
	return write(r, "extract.json", counts)
}

// record writes one image as MXNet's RecordIO has it.
func record(b *bytes.Buffer, id uint64, picture []byte) {
	n := uint32(24 + len(picture))
	for _, v := range []any{uint32(0xced7230a), n, uint32(0), float32(0), id, uint64(0), picture, make([]byte, (4-n%4)%4)} {
		binary.Write(b, binary.LittleEndian, v)
	}
}

func fakeTrain(r worker.Request, report func(step.Progress)) error {
	var p train.Params
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	accuracy := 0.8
	if text := os.Getenv("FAKE_ACCURACY"); text != "" {
		if _, err := fmt.Sscan(text, &accuracy); err != nil {
			return err
		}
	}
	var curve []train.Epoch
	for i := range p.Epochs {
		e := train.Epoch{Epoch: i, TrainAccuracy: 0.9, ValidationAccuracy: 0.8, Loss: 0.5}
		curve = append(curve, e)
		report(step.Progress{Done: float64(i + 1), Total: float64(p.Epochs), Unit: "epochs", Metrics: &step.Metrics{Epoch: i, Values: map[string]float64{"validation_accuracy": 0.8, "train_accuracy": 0.9}}})
	}
	for name, value := range map[string]any{
		"model.safetensors": []byte("weights of " + string(r.Params) + os.Getenv("FAKE_WEIGHTS")), "model.json": train.Model{Format: 1}, "curve.json": curve,
		"summary.json": train.Summary{Accuracy: accuracy, LastEpoch: p.Epochs - 1},
	} {
		if err := write(r, name, value); err != nil {
			return err
		}
	}
	return nil
}

// fakeCrops makes two frames' crops.
func fakeCrops(r worker.Request) error {
	var p evaluate.CropsParams
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	var picture, crops bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		return err
	}
	for i := range 2 * len(p.Rects) {
		record(&crops, uint64(i), picture.Bytes())
	}
	return write(r, "crops.rec", crops.Bytes())
}

// fakeClassify is sure of the first of two classes.
func fakeClassify(r worker.Request) error {
	images, err := frames.OpenRecords(r.Inputs["images"])
	if err != nil {
		return err
	}
	defer images.Close()
	return write(r, "probabilities.jsonl", bytes.Repeat([]byte("[0.75,0.25]\n"), images.Len()))
}

func fakeEvaluate(r worker.Request) error {
	var p evaluate.Params
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	s := evaluate.Summary{Frames: 2, DetectionRate: 0.75}
	for _, a := range p.Areas {
		s.Areas = append(s.Areas, evaluate.AreaSummary{Name: a.Name, Expect: a.Expect, Rate: 0.75})
	}
	for name, value := range map[string]any{"summary.json": s, "detections.jsonl": []byte("{}\n"), "pictures/000000.jpg": []byte("first"), "pictures/000004.jpg": []byte("second")} {
		if err := write(r, name, value); err != nil {
			return err
		}
	}
	return nil
}
