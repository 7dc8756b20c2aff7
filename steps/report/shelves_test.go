package report

import (
	"fmt"

	"snellen/steps/evaluate"
	"snellen/steps/report/document"
	"snellen/steps/train"
)

// shelves returns a document with so many resolutions and labels, and an area for each label. The
// larger the resolution, the more areas it recognises. The last area is recognised again at the
// smallest.
func shelves(resolutions, labels int) *document.Document {
	d := &document.Document{
		Study: "shelves", Spec: "shelves.hcl", Split: "blocks", Replicates: 1,
		Answer: "Nothing is known: these are made up.",
	}
	c := document.Camera{
		Name: "shelf", Video: "shelf.mp4", Width: 640, Height: 480, Every: 1, Confident: 0.7,
		Sizes:  []string{"native"},
		Grades: []document.Grade{{Name: "◎", EveryArea: 0.8}, {Name: "×"}},
	}
	for i := range labels {
		label := fmt.Sprintf("LABEL_%02d", i)
		d.Classes = append(d.Classes, label)
		c.Areas = append(c.Areas, document.DeclaredArea{
			Name: fmt.Sprintf("%d-%d", i/6+1, i%6+1), Expect: label,
			Rect: [4]int{100 * (i % 6), 160 * (i / 6), 90, 150},
		})
		d.Audit.Labels = append(d.Audit.Labels, document.LabelAudit{Label: label, Train: 100})
	}
	for i := range resolutions {
		d.Resolutions = append(d.Resolutions, shelvesAt(d, c, i, resolutions))
	}
	c.Flips = []document.Flip{{
		From: d.Resolutions[0].Resolution, To: d.Resolutions[1].Resolution,
		Lost: []string{"1-1", "1-2"}, Gained: []string{},
	}}
	d.Cameras = []document.Camera{c}
	for _, r := range d.Resolutions {
		d.Pixels.Frames = append(d.Pixels.Frames, document.Frame{
			Resolution: r.Resolution, Input: [2]int{64, 64}, Scale: 0.1,
		})
		for _, a := range r.Evaluations[0].Areas {
			d.Pixels.Points = append(d.Pixels.Points, document.Point{
				Resolution: r.Resolution, Evaluation: "shelf", Size: "native", Area: a.Name,
				Width: float64(r.Width) / 8, Height: float64(r.Height) / 4, Rate: a.Rate,
			})
		}
	}
	return d
}

// shelvesAt returns resolution i of n.
func shelvesAt(d *document.Document, c document.Camera, i, n int) document.Resolution {
	width := 640 - 80*i
	r := document.Resolution{
		Resolution: fmt.Sprintf("%dx%d", width, width*3/4), Width: width, Height: width * 3 / 4,
		Flags: []string{},
	}
	accuracy, seconds, size, last := 0.9-0.01*float64(i)+1e-6, 20.0+0.1*float64(i),
		int64(40960-64*i), 2
	r.Accuracy, r.TrainSeconds, r.DatasetBytes, r.Epoch = &accuracy, &seconds, &size, &last
	run := document.Run{Replicate: 1, Address: r.Resolution + "/train", Accuracy: &accuracy}
	for k := range last + 1 {
		run.Curve = append(run.Curve, train.Epoch{
			Epoch: k, TrainAccuracy: 0.5 + 0.1234567*float64(k),
			ValidationAccuracy: accuracy - 0.1*float64(last-k),
		})
	}
	series := &document.Series{Frames: []int{0, 1}, Seconds: []float64{0, 0.5}}
	e := document.Evaluation{Name: "shelf"}
	right, frames := 0, 2
	for k, place := range c.Areas {
		rate := 1.0
		// The smaller, the fewer; the last area comes back at the smallest resolution.
		if k < i*len(c.Areas)/n || k == len(c.Areas)-1 && i == n-2 {
			rate = 0.25
		} else {
			right++
		}
		one := document.Area{
			AreaSummary: evaluate.AreaSummary{Name: place.Name, Expect: place.Expect, Rate: rate},
			Recognised:  rate > 0.5, Grade: "◎",
		}
		if rate < 0.8 {
			one.Grade, one.Next = "×", &document.NextGrade{Grade: "◎", Lacks: 0.8 - rate}
		}
		e.Areas = append(e.Areas, one)
		series.Areas = append(series.Areas, document.AreaSeries{
			Name: place.Name, Found: []int{k, (k + 1) % len(c.Areas)},
			Probability: []float64{0.9, 0.6}, Expected: []float64{0.9, 0.3 + 0.0123*float64(i)},
			Inputs: []document.NetworkInput{{Frame: 0, File: "seen.jpg", Digest: r.Resolution}},
		})
	}
	rate := float64(right) / float64(len(c.Areas))
	interval := document.Interval{Low: max(rate-0.2, 0), High: min(rate+0.1, 1)}
	e.DetectionRate, e.Interval, e.Recognised, e.Frames = &rate, &interval, &right, &frames
	e.Pictures = []document.Picture{{File: "frame.jpg"}}
	e.Confusion = &document.Confusion{
		Expected: d.Classes, Found: d.Classes, Counts: make([][]int, len(d.Classes)),
	}
	for k := range e.Confusion.Counts {
		e.Confusion.Counts[k] = make([]int, len(d.Classes))
	}
	run.Evaluations = []document.RunEvaluation{{Name: "shelf", Series: series}}
	r.Detection = &document.Rate{Rate: rate, Interval: interval}
	r.Evaluations, r.Runs = []document.Evaluation{e}, []document.Run{run}
	return r
}
