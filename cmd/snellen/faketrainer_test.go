package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"snellen/steps/frames"
)

// fakeTrainer is a program that trains, or serves, by SageMaker's container contract, and that
// holds its caller to it. The file that it is given says line by line what it does:
//
//	say TEXT           prints it
//	environ            prints its environment
//	epochs A B ...     prints the lines of epochs with these validation accuracies
//	replay             prints the file that the hyperparameter log names
//	model NAME TEXT    leaves a file in the model
//	keep NAME TEXT     leaves a file in output/data
//	link NAME          leaves a symbolic link in the model
//	away FOLDER        makes output a link to a folder
//	fail TEXT          writes output/failure, and ends with 1
//	exit CODE          ends
//	linger FIFO        starts a child in a group of its own that holds the FIFO open, as this does, for ever
//	serve JSON         answers so; serve STATUS TEXT refuses so
//	deaf               serves, and is never ready
func fakeTrainer() {
	if err := obey(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "fake:", err)
		os.Exit(70)
	}
}

func obey(script string) error {
	if fifo, ok := strings.CutPrefix(script, "hold "); ok {
		return hold(fifo)
	}
	data, err := os.ReadFile(script)
	if err != nil {
		return err
	}
	if !strings.Contains(string(data), "serve ") && !strings.Contains(string(data), "deaf") {
		if err := checkTraining(); err != nil {
			return err
		}
	}
	for line := range strings.Lines(string(data)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if err := act(word, rest); err != nil {
			return fmt.Errorf("%s: %w", word, err)
		}
	}
	return nil
}

func act(word, rest string) error {
	name, text, _ := strings.Cut(rest, " ")
	switch word {
	case "environ":
		fmt.Println(os.Environ())
	case "say":
		fmt.Println(rest)
	case "epochs":
		for i, accuracy := range strings.Fields(rest) {
			fmt.Printf("Epoch[%d] Train-accuracy=0.9\nEpoch[%d] Time cost=1.5\nEpoch[%d] "+
				"Validation-accuracy=%s\n", i, i, i, accuracy)
		}
	case "replay":
		data, err := os.ReadFile(os.Getenv("SM_HP_LOG"))
		os.Stdout.Write(data)
		return err
	case "model":
		return os.WriteFile(filepath.Join(os.Getenv("SM_MODEL_DIR"), name), []byte(text), 0o666)
	case "keep":
		return os.WriteFile(filepath.Join(os.Getenv("SM_OUTPUT_DATA_DIR"), name), []byte(text),
			0o666)
	case "link":
		return os.Symlink("/etc/hostname", filepath.Join(os.Getenv("SM_MODEL_DIR"), name))
	case "away":
		dir := os.Getenv("SM_OUTPUT_DIR")
		return errors.Join(os.RemoveAll(dir), os.Symlink(rest, dir))
	case "fail":
		os.WriteFile(filepath.Join(os.Getenv("SM_OUTPUT_DIR"), "failure"), []byte(rest), 0o666)
		os.Exit(1)
	case "exit":
		code, _ := strconv.Atoi(rest)
		os.Exit(code)
	case "linger":
		return linger(rest)
	case "serve", "deaf":
		return answerAll(word == "deaf", rest)
	}
	return nil
}

// linger starts a child that escapes a signal to the group, and holds the FIFO.
func linger(fifo string) error {
	c := exec.Command(os.Args[0], "hold "+fifo)
	c.SysProcAttr = ownGroup()
	if err := c.Start(); err != nil {
		return err
	}
	return hold(fifo)
}

func hold(fifo string) error {
	f, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	fmt.Fprintln(f, "up")
	select {}
}

// checkTraining holds the caller to the contract.
func checkTraining() error {
	base := os.Getenv("SAGEMAKER_BASE_DIR")
	var fromFile, fromEnv map[string]string
	data, err := os.ReadFile(filepath.Join(base, "input/config/hyperparameters.json"))
	if err != nil {
		return err
	}
	if err := errors.Join(json.Unmarshal(data, &fromFile),
		json.Unmarshal([]byte(os.Getenv("SM_HPS")), &fromEnv)); err != nil {
		return err
	}
	if fmt.Sprint(fromFile) != fmt.Sprint(fromEnv) || fromFile["seed"] == "" ||
		fromFile["trees"] != "200" || os.Getenv("SM_HP_TREES") != "200" {
		return fmt.Errorf("hyperparameters %v and %v", fromFile, fromEnv)
	}
	samples, err := countImages(base)
	if err != nil {
		return err
	}
	if fmt.Sprint(samples) != fromFile["num_training_samples"] {
		return fmt.Errorf("%d images, and %s are told", samples, fromFile["num_training_samples"])
	}
	if here, err := os.Getwd(); err != nil || here != os.Getenv("SM_MODULE_DIR") ||
		here != filepath.Join(base, "code") {
		return fmt.Errorf("runs in %s, %v", here, err)
	}
	for _, name := range []string{"inputdataconfig.json", "resourceconfig.json"} {
		if data, err := os.ReadFile(filepath.Join(os.Getenv("SM_INPUT_CONFIG_DIR"),
			name)); err != nil || !json.Valid(data) {
			return fmt.Errorf("%s: %q, %w", name, data, err)
		}
	}
	if i := slices.IndexFunc(os.Environ(),
		func(pair string) bool { return strings.HasPrefix(pair, "SNELLEN_") }); i >= 0 {
		return fmt.Errorf("it has %s", os.Environ()[i])
	}
	fmt.Println("contract kept:", os.Getenv("SM_CHANNELS"), os.Getenv("COLOUR"))
	return nil
}

// countImages opens both sets, in either form, and counts the training images.
func countImages(base string) (n int, err error) {
	for _, set := range []string{"validation", "train"} {
		dir := os.Getenv("SM_CHANNEL_" + strings.ToUpper(set))
		if dir != filepath.Join(base, "input/data", set) {
			return 0, fmt.Errorf("channel %s is %q", set, dir)
		}
		var images interface {
			Len() int
			Read(int) (int, []byte, error)
		}
		if lst := os.Getenv("SM_CHANNEL_" + strings.ToUpper(set) + "_LST"); lst != "" {
			images, err = frames.OpenImages(dir, filepath.Join(lst, set+".lst"))
		} else {
			images, err = frames.OpenRecords(filepath.Join(dir, set+".rec"))
		}
		if err != nil {
			return 0, err
		}
		if _, _, err := images.Read(0); err != nil {
			return 0, err
		}
		n = images.Len()
	}
	return n, nil
}

// answerAll serves until it is killed.
func answerAll(deaf bool, answer string) error {
	model, err := os.ReadDir(os.Getenv("SM_MODEL_DIR"))
	if err != nil || len(model) == 0 {
		return fmt.Errorf("no model: %w", err)
	}
	http.HandleFunc("GET /ping", func(w http.ResponseWriter, _ *http.Request) {
		if deaf {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	http.HandleFunc("POST /invocations", func(w http.ResponseWriter, r *http.Request) {
		picture, err := io.ReadAll(bufio.NewReader(r.Body))
		if err != nil || http.DetectContentType(picture) != "image/jpeg" ||
			r.Header.Get("Content-Type") != "application/x-image" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		status, text, _ := strings.Cut(answer, " ")
		if code, err := strconv.Atoi(status); err == nil {
			w.WriteHeader(code)
			answer = text
		}
		io.WriteString(w, answer)
	})
	return http.ListenAndServe("127.0.0.1:"+os.Getenv("SAGEMAKER_BIND_TO_PORT"), nil)
}
