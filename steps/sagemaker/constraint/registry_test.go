package constraint

import "testing"

func TestRegistry(t *testing.T) {
	for region, want := range map[string]string{
		"ap-northeast-1": "501404015308.dkr.ecr.ap-northeast-1.amazonaws.com",
		"cn-north-1":     "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn",
		"us-isob-east-1": "765400339828.dkr.ecr.us-isob-east-1.sc2s.sgov.gov",
		"us-iso-east-1":  "490574956308.dkr.ecr.us-iso-east-1.c2s.ic.gov",
		"mx-central-1":   "",
	} {
		if got := Registry(region); got != want {
			t.Errorf("%s: %q", region, got)
		}
	}
	for _, region := range Regions() {
		if Registry(region) == "" {
			t.Errorf("%s has none", region)
		}
	}
	if n := len(Regions()); n != 37 {
		t.Errorf("%d regions", n)
	}
}
