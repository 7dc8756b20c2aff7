package standin

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

//go:embed article.json
var article []byte

// Article returns the five curves of the study that Snellen repeats, by size: "800x600". The
// published accuracies were rounded; here each one is the exact share of images again.
func Article() (map[string]Curve, error) {
	var a struct {
		Train      int `json:"train_images"`
		Validation int `json:"validation_images"`
		Batch      int `json:"batch"`
		Curves     []struct {
			Size       string    `json:"size"`
			Seconds    int       `json:"seconds"`
			Train      []float64 `json:"train"`
			Validation []float64 `json:"validation"`
		} `json:"curves"`
	}
	if err := json.Unmarshal(article, &a); err != nil {
		return nil, err
	}
	curves := map[string]Curve{}
	for _, c := range a.Curves {
		curve := Curve{Stopped: true, Took: time.Duration(c.Seconds) * time.Second}
		for epoch, published := range c.Validation {
			_, scored := rounds(epoch, a.Validation, a.Batch)
			validation, err := counted(published, scored)
			if err != nil {
				return nil, fmt.Errorf("%s, epoch %d: %w", c.Size, epoch, err)
			}
			train, err := counted(c.Train[epoch], a.Train)
			if err != nil {
				return nil, fmt.Errorf("%s, epoch %d: %w", c.Size, epoch, err)
			}
			curve.Epochs = append(curve.Epochs, Epoch{Train: train, Validation: validation})
		}
		curves[c.Size] = curve
	}
	return curves, nil
}

// counted returns the share of n images that rounds to these three decimals.
func counted(published float64, images int) (float64, error) {
	exact := math.Round(published*float64(images)) / float64(images)
	if math.Round(exact*1000) != math.Round(published*1000) {
		return 0, fmt.Errorf("%g is no share of %d images", published, images)
	}
	return exact, nil
}
