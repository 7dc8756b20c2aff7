package specs

import (
	"errors"

	"snellen/specs/secret"
	"snellen/specs/sharedurl"
)

// Shared says which store several machines share. No step's key depends on it.
type Shared struct {
	URL      sharedurl.URL
	Region   string // "": as AWS is configured
	Endpoint string // of a server of one's own, in its normal form; "": Amazon's
	Profile  string // of AWS's configuration files; "": as AWS is configured
	ReadOnly bool
	Where    Where
}

var sharedBlock = &block{
	name: "shared", single: true,
	meaning: "A store that several machines share, behind the store of each: what one of them made, " +
		"the others need not make again. Nothing runs again because of this block. Credentials " +
		"come from the environment or from `profile`, by the AWS SDK's default chain, and are " +
		"never written here. Who may write to it can make all others believe wrong results. " +
		"`-shared` and `SNELLEN_SHARED` choose another one, or none.",
	attributes: []attribute{
		str("url", "", "where it is: `s3://BUCKET/PREFIX`, or `file:///FOLDER` for a folder that "+
			"all machines see").required(),
		str("region", "", "the bucket's AWS region: `eu-west-1`").
			defaultText("as AWS is configured"),
		str("endpoint", "", "a server of your own that speaks the protocol of S3: "+
			"`https://minio.lab:9000`").defaultText("Amazon S3"),
		str("profile", "", "a profile of the AWS configuration files").
			defaultText("as AWS is configured"),
		boolean("read_only", false, "use what is there, and send nothing"),
	},
}

// readShared reads the shared block. It returns nil when there is none.
func (l *loader) readShared() *Shared {
	if len(blocksOf(l.root.body, sharedBlock.name)) == 0 {
		return nil
	}
	s := l.singleBlock(sharedBlock)
	h := &Shared{Where: s.positions()}
	address := ""
	s.assign(map[string]any{"url": &address, "region": &h.Region, "endpoint": &h.Endpoint,
		"profile": &h.Profile, "read_only": &h.ReadOnly}, true)
	for name, check := range map[string]func(string) error{
		"url": func(text string) (err error) {
			h.URL, err = sharedurl.Parse(text)
			return err
		},
		"endpoint": func(text string) error {
			e, err := sharedurl.ParseEndpoint(text)
			if h.Endpoint = e.String(); err == nil && e.Exposed() {
				l.warn(s.at("endpoint"), "write https://", "everybody on the way to "+e.Host+
					" can read and change what is sent by http://")
			}
			return err
		},
		"region": sharedurl.CheckRegion, "profile": sharedurl.CheckProfile,
	} {
		text, given := s.values[name].(string)
		if !given || text == "" && name != "url" {
			continue
		}
		if p, wrong := errors.AsType[*sharedurl.Problem](check(text)); wrong {
			if p.Secret { // the line would be shown
				l.sources[l.file] = secret.Blank(l.sources[l.file], s.at(name))
			}
			l.add(s.at(name), p.Hint, p.Message)
		}
	}
	for _, name := range []string{"region", "endpoint", "profile"} {
		if text, _ := s.values[name].(string); text != "" && h.URL.Scheme == sharedurl.File {
			l.add(s.at(name), "remove it", name+" is for s3:// alone, and url is a folder")
		}
	}
	return h
}
