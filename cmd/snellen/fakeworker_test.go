package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"snellen/cmd/snellen-worker/serve"
	"snellen/engine/step"
	"snellen/steps/audit"
	"snellen/steps/evaluate"
	"snellen/steps/frames"
	"snellen/steps/train"
	"snellen/steps/video"
)

// fakeWorker is a worker that makes up the results of the kinds that need OpenCV or libtorch, the
// same for the same parameters. A job whose kind and parameters contain FAKE_FAIL fails, and one
// that contains FAKE_DIE ends the process. One that contains FAKE_GATE first opens the FIFO
// "started", and goes on when the FIFO "go" was opened by somebody else; with FAKE_EPOCHS a training
// does so after each epoch. FAKE_WEIGHTS is written to the end of trained weights, and FAKE_ACCURACY
// is reported of them, so that a training can be one that differs. FAKE_RATE is the rate of each
// judged area.
func fakeWorker() {
	tools := map[string]string{"libav": "fake 1", "opencv": "fake 1", "libtorch": "fake 1"}
	made := map[string]step.Runner{}
	for kind, run := range map[string]func(*step.Job) error{
		"extract": fakeExtract, "train": fakeTrain, "head": fakeTrain,
		"features": fakeFeatures, "evaluate": fakeEvaluate, "draw": fakeEvaluate,
		"crops": fakeCrops, "classify": fakeClassify, "resemblance": fakeResemblance,
	} {
		made[kind] = faked{kind, run}
	}
	os.Exit(serve.Main(os.Args, os.Stdin, os.Stdout, os.Stderr, tools, made))
}

// A faked runs steps of one kind.
type faked struct {
	kind string
	run  func(*step.Job) error
}

func (f faked) Run(_ context.Context, job *step.Job) error {
	said := func(name string) bool {
		word := os.Getenv(name)
		return word != "" && strings.Contains(f.kind+" "+string(job.Params), word)
	}
	if said("FAKE_DIE") {
		fmt.Fprintln(os.Stderr, "fake: segmentation fault")
		os.Exit(139)
	}
	if said("FAKE_GATE") {
		meetTest()
	}
	if said("FAKE_FAIL") {
		job.Report(step.Progress{Log: "fake: about to fail"})
		return step.WithHint(fmt.Errorf("the fake was told to fail"), "unset FAKE_FAIL")
	}
	return f.run(job)
}

// meetTest waits for the test, and until the test lets it go on.
func meetTest() {
	touch, _ := os.OpenFile("started", os.O_WRONLY, 0) // waits for a reader
	touch.Close()
	wait, _ := os.Open("go") // waits for a writer
	wait.Close()
}

func write(r *step.Job, name string, value any) error {
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

func fakeExtract(r *step.Job) error {
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
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, p.Width, p.Height)),
		nil); err != nil {
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
	for _, v := range []any{uint32(0xced7230a), n, uint32(0), float32(0), id, uint64(0), picture,
		make([]byte, (4-n%4)%4)} {
		binary.Write(b, binary.LittleEndian, v)
	}
}

func fakeTrain(r *step.Job) error {
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
		r.Report(step.Progress{Done: float64(i + 1), Total: float64(p.Epochs), Unit: "epochs",
			Metrics: &step.Metrics{Epoch: i, Values: map[string]float64{"validation_accuracy": 0.8,
				"train_accuracy": 0.9}}})
		if os.Getenv("FAKE_EPOCHS") != "" {
			meetTest()
		}
	}
	for name, value := range map[string]any{
		"model.safetensors": []byte("weights of " + string(r.Params) + os.Getenv("FAKE_WEIGHTS")),
		"model.json":        train.Model{Format: 1}, "curve.json": curve,
		"summary.json": train.Summary{Accuracy: accuracy, LastEpoch: p.Epochs - 1},
	} {
		if err := write(r, name, value); err != nil {
			return err
		}
	}
	return nil
}

// fakeFeatures says nothing of any picture.
func fakeFeatures(r *step.Job) error { return write(r, "features.safetensors", []byte("none")) }

// fakeResemblance compares one area with nothing.
func fakeResemblance(r *step.Job) error {
	return write(r, "areas.json", audit.Areas{Compared: 1, Leaked: []audit.LeakedArea{}})
}

// fakeCrops makes two frames' crops.
func fakeCrops(r *step.Job) error {
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
func fakeClassify(r *step.Job) error {
	images, err := frames.OpenRecords(r.Inputs["images"])
	if err != nil {
		return err
	}
	defer images.Close()
	return write(r, "probabilities.jsonl", bytes.Repeat([]byte("[0.75,0.25]\n"), images.Len()))
}

func fakeEvaluate(r *step.Job) error {
	var p evaluate.Params
	if err := json.Unmarshal(r.Params, &p); err != nil {
		return err
	}
	s := evaluate.Summary{Frames: 2, DetectionRate: 0.75}
	rate := 0.75
	if text := os.Getenv("FAKE_RATE"); text != "" {
		var err error
		if rate, err = strconv.ParseFloat(text, 64); err != nil {
			return err
		}
	}
	for _, a := range p.Areas {
		s.Areas = append(s.Areas, evaluate.AreaSummary{Name: a.Name, Expect: a.Expect, Rate: rate})
	}
	for name, value := range map[string]any{"summary.json": s, "detections.jsonl": []byte("{}\n"),
		"pictures/000000.jpg": []byte("first"), "pictures/000004.jpg": []byte("second")} {
		if err := write(r, name, value); err != nil {
			return err
		}
	}
	return nil
}
