package constraint

import (
	"maps"
	"slices"
	"strings"
)

// registries are the accounts that hold the image-classification algorithm, by region.
var registries = map[string]string{
	"af-south-1": "455444449433", "ap-east-1": "286214385809", "ap-northeast-1": "501404015308",
	"ap-northeast-2": "306986355934",
	"ap-northeast-3": "867004704886", "ap-south-1": "991648021394", "ap-south-2": "628508329040",
	"ap-southeast-1": "475088953585",
	"ap-southeast-2": "544295431143", "ap-southeast-3": "951798379941",
	"ap-southeast-4": "106583098589", "ca-central-1": "469771592824",
	"ca-west-1": "190319476487", "cn-north-1": "390948362332", "cn-northwest-1": "387376663083",
	"eu-central-1": "813361260812",
	"eu-central-2": "680994064768", "eu-north-1": "669576153137", "eu-south-1": "257386234256",
	"eu-south-2": "104374241257",
	"eu-west-1":  "685385470294", "eu-west-2": "644912444149", "eu-west-3": "749696950732",
	"il-central-1": "898809789911",
	"me-central-1": "272398656194", "me-south-1": "249704162688", "sa-east-1": "855470959533",
	"us-east-1": "811284229777",
	"us-east-2": "825641698319", "us-gov-east-1": "237065988967", "us-gov-west-1": "226302683700",
	"us-iso-east-1":  "490574956308",
	"us-isob-east-1": "765400339828", "us-isof-east-1": "108575199400",
	"us-isof-south-1": "124985052026", "us-west-1": "632365934929",
	"us-west-2": "433757028032",
}

// domains are the registries' domains, by the prefix of the region.
var domains = []struct{ prefix, domain string }{
	{"cn-", "amazonaws.com.cn"}, {"us-isob-", "sc2s.sgov.gov"}, {"us-isof-", "csp.hci.ic.gov"},
	{"us-iso-", "c2s.ic.gov"}, {"", "amazonaws.com"},
}

// Registry returns the host of the image-classification algorithm's image in a region, or "".
func Registry(region string) string {
	account, ok := registries[region]
	if !ok {
		return ""
	}
	for _, d := range domains {
		if strings.HasPrefix(region, d.prefix) {
			return account + ".dkr.ecr." + region + "." + d.domain
		}
	}
	panic("BUG: no domain for " + region)
}

// Regions returns the regions that have such a registry, sorted.
func Regions() []string { return slices.Sorted(maps.Keys(registries)) }
