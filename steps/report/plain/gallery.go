package plain

import (
	"fmt"
	"path"
	"strings"

	"snellen/steps/report/document"
)

// gallery writes the section of report.md with the pictures.
func (r rendering) gallery(b *strings.Builder) {
	title := "## Pictures\n\nA few judged frames. An area's outline is cyan if its label was " +
		"found and " +
		"is confident, yellow if it was found and is not confident, red if another label was " +
		"found.\n\n"
	for _, row := range r.doc.Resolutions {
		for k, e := range row.Evaluations {
			if r.doc.Cameras[k].Pictures != nil {
				continue
			}
			for i, p := range e.Pictures {
				if i == 0 {
					fmt.Fprintf(b, "%s### %s, %s\n\n", title, escape(row.Resolution),
						escape(e.Name))
					title = ""
				}
				url := strings.ReplaceAll(p.File, "%", "%25")
				fmt.Fprintf(b, "![%s](%s)\n\n", escape(path.Base(p.File)), url)
			}
		}
	}
}

// maxGallery is how many whole pictures of a resolution report.md shows.
const maxGallery = 6

// wholeGallery writes the section of report.md with the whole pictures that were judged worst.
func (r rendering) wholeGallery(b *strings.Builder) {
	title := "## The worst pictures\n\nThose with the lowest probability of the label that they " +
		"show, by the first training of each resolution.\n\n"
	for _, row := range r.doc.Resolutions {
		for k, e := range row.Evaluations {
			c := r.doc.Cameras[k]
			if c.Pictures == nil || len(e.Pictures) == 0 {
				continue
			}
			fmt.Fprintf(b, "%s### %s, %s\n\n", title, escape(row.Resolution), escape(e.Name))
			title = ""
			for _, p := range e.Pictures[:min(len(e.Pictures), maxGallery)] {
				one := c.Pictures[*p.Place]
				text := one.Name + " shows " + one.Expect
				if found, probability := row.Runs[0].Found(k, *p.Place); found >= 0 {
					text += fmt.Sprintf("; found %s, %s", r.doc.Classes[found],
						document.Percent(probability))
				}
				url := strings.ReplaceAll(p.File, "%", "%25")
				fmt.Fprintf(b, "![%s](%s)\n\n%s\n\n", escape(one.Name), url, escape(text))
			}
		}
	}
}
