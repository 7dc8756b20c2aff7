package container

import "testing"

// FuzzDataset checks that a dataset that can be read has a count for each class, none below 0, and
// a batch of images in each set.
func FuzzDataset(f *testing.F) {
	f.Add([]byte(`{"classes":["A","B"],"train":[30,20],"validation":[10,10]}`), 8)
	f.Add([]byte(`{"classes":["A"],"train":[-5],"validation":[9223372036854775807]}`), 1)
	f.Add([]byte(`{"classes":["A","B"],"train":[9223372036854775807,9223372036854775807],`+
		`"validation":[-1,30]}`), 2)
	f.Fuzz(func(t *testing.T, data []byte, batch int) {
		s, err := parseDataset(data, batch)
		if err != nil {
			return
		}
		for _, counts := range [][]int{s.Train, s.Validation} {
			total := 0
			for _, n := range counts {
				if total += n; n < 0 || total < n {
					t.Errorf("%v images", counts)
				}
			}
			if len(counts) != len(s.Classes) || total < batch {
				t.Errorf("%v images of %q in batches of %d", counts, s.Classes, batch)
			}
		}
	})
}
