package specs

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// SageMaker says where and on what Amazon SageMaker trains and judges. No credentials are in it: they come from the
// environment, or from a profile that has its own files.
type SageMaker struct {
	Region, Profile string
	RoleARN         string
	Bucket, Prefix  string
	Image           string   // of the user's own; "": the built-in image classification
	Instances       []string // types, the first that has capacity is taken
	InstanceCount   int
	VolumeGB        int
	InputMode       string // "File", "FastFile", "Pipe"
	MaxRuntime      int    // seconds that a job may train
	Spot            bool
	MaxWait         int // seconds for a spot job, its waiting included; 0: twice MaxRuntime
	KeepAlive       int // seconds that a warm pool is kept
	Subnets         []string
	SecurityGroups  []string
	VolumeKey       string // KMS
	OutputKey       string // KMS
	Isolated        bool   // no network for the container
	Encrypted       bool   // traffic between instances
	Tags            map[string]string
	Attempts        int    // at most, for failures that are worth another try
	OnInterrupt     string // "leave" or "stop"
	Parallel        int    // jobs and endpoints at once
	Serving         Serving
	Where           Where
}

// Serving says what judges: an endpoint that is made for an evaluation and deleted behind it.
type Serving struct {
	Instance    string // type; "" where serverless
	Count       int
	MemoryMB    int // of a serverless endpoint; 0: it has an instance
	Concurrency int // of a serverless endpoint
	Parallel    int // crops in flight
	MaxWait     int // seconds for the endpoint to be in service
	Where       Where
}

// A Budget bounds what an apply may cost.
type Budget struct {
	MaxUSD float64
	Prices string // a price file of the user's own; "": the one that is built in
	Live   bool   // ask the service for its prices
	Where  Where
}

const day = 24 * 60 * 60 // seconds

var servingBlock = &block{
	name: "endpoint", single: true, meaning: "What judges: made for an evaluation, and deleted behind it in any case.",
	attributes: []attribute{
		str("instance_type", "ml.m5.xlarge", "what it runs on, where it is not serverless"),
		integer("instance_count", 1, "instances").between(1, 10),
		integer("memory_mb", 0, "of a serverless endpoint, in steps of 1024; 0: it has an instance").oneOf("0", "1024", "2048", "3072", "4096", "5120", "6144"),
		integer("max_concurrency", 5, "requests that a serverless endpoint answers at once").between(1, 200),
		integer("parallel", 8, "crops that are asked about at once").between(1, 200),
		integer("max_wait", 1800, "seconds for it to be in service").between(60, day),
	},
}

var sagemakerBlock = &block{
	name: "trainer", label: "sagemaker", single: true,
	meaning: "Amazon SageMaker trains and judges. Credentials come from the environment or from `profile`, by the AWS SDK's usual chain, and are never written here.",
	attributes: []attribute{
		str("region", "", "where: `eu-central-1`").required(),
		str("profile", "", "of the AWS configuration files"),
		str("role_arn", "", "the role that jobs and models have").required(),
		str("bucket", "", "where datasets and models are kept; in the same region").required(),
		str("prefix", "snellen", "what all keys in the bucket begin with"),
		str("image", "", "a training image of your own that follows SageMaker's contract").defaultText("the built-in image classification"),
		str("instance_type", "", "what a job trains on: `ml.g5.xlarge`").required(),
		strList("fallback", "instance types to take instead, in order, where there is no capacity"),
		integer("instance_count", 1, "machines of one job").between(1, 100),
		integer("volume_gb", 50, "disk of each").between(1, 16_384),
		str("input_mode", "File", "how a job reads its dataset").oneOf("File", "FastFile", "Pipe"),
		integer("max_runtime", 4*60*60, "seconds that a job may train").between(1, 28*day),
		boolean("spot", false, "train on spare capacity, with checkpoints"),
		integer("max_wait", 0, "seconds for a spot job, its waiting included").between(1, 28*day).defaultText("twice `max_runtime`"),
		integer("keep_alive", 0, "seconds that a job's machine waits for the next one, and costs").between(0, 21_600),
		strList("subnets", "of a VPC"),
		strList("security_groups", "of a VPC"),
		str("volume_kms_key", "", "encrypts the machines' disks"),
		str("output_kms_key", "", "encrypts models in the bucket"),
		boolean("network_isolation", false, "the container has no network"),
		boolean("encrypt_traffic", false, "between machines of one job"),
		anyValue("tags", "names and values for everything that is made"),
		integer("max_attempts", 3, "jobs for one training, where a failure is worth another try").between(1, 20),
		str("on_interrupt", "leave", "what the first interrupt does to running jobs").oneOf("leave", "stop"),
		integer("parallel", 4, "jobs and endpoints at once: your quota").between(1, 100),
	},
	blocks: []*block{servingBlock},
}

var budgetBlock = &block{
	name: "budget", single: true, meaning: "What an apply may cost in the cloud; it refuses to begin where it could cost more.",
	attributes: []attribute{
		number("max_usd", 0, "US dollars").between(0.01, math.Inf(1)).required(),
		str("prices", "", "a JSON file with dated prices").defaultText("the file that is built in"),
		boolean("live", false, "ask the AWS price list in place of a file"),
	},
}

// sagemaker reads a trainer "sagemaker" block.
func (l *loader) readSageMaker(b *hclsyntax.Block) *SageMaker {
	s := l.decode(sagemakerBlock, b.Body, b.DefRange(), nil)
	c := &SageMaker{Where: s.positions()}
	instance, fallback := "", []string(nil)
	s.assign(map[string]any{
		"region": &c.Region, "profile": &c.Profile, "role_arn": &c.RoleARN, "bucket": &c.Bucket, "prefix": &c.Prefix, "image": &c.Image,
		"instance_type": &instance, "fallback": &fallback, "instance_count": &c.InstanceCount, "volume_gb": &c.VolumeGB,
		"input_mode": &c.InputMode, "max_runtime": &c.MaxRuntime, "spot": &c.Spot, "max_wait": &c.MaxWait, "keep_alive": &c.KeepAlive,
		"subnets": &c.Subnets, "security_groups": &c.SecurityGroups, "volume_kms_key": &c.VolumeKey, "output_kms_key": &c.OutputKey,
		"network_isolation": &c.Isolated, "encrypt_traffic": &c.Encrypted, "max_attempts": &c.Attempts, "on_interrupt": &c.OnInterrupt,
		"parallel": &c.Parallel,
	}, true)
	c.Instances = append([]string{instance}, fallback...)
	l.readTags(s, c)
	l.checkSageMakerBlock(s, c)
	l.readServing(s, &c.Serving)
	return c
}

// cloudTags reads tags, which is an object whose values are texts.
func (l *loader) readTags(s *section, c *SageMaker) {
	v, ok := s.values["tags"].(cty.Value)
	if !ok {
		return
	}
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		l.add(s.at("tags"), `write tags = { team = "shelf" }`, "tags must be names with values")
		return
	}
	c.Tags = map[string]string{}
	for name, value := range v.AsValueMap() {
		if value.IsNull() || value.Type() != cty.String {
			l.add(s.at("tags"), "", fmt.Sprintf("the value of tag %q must be a text", name))
			continue
		}
		if strings.HasPrefix(name, "snellen:") || strings.HasPrefix(strings.ToLower(name), "aws:") {
			l.add(s.at("tags"), "rename it", fmt.Sprintf("tag %q has a name that is not yours to give", name))
			continue
		}
		c.Tags[name] = value.AsString()
	}
	if len(c.Tags) > maxTags {
		l.add(s.at("tags"), "", fmt.Sprintf("%d tags are the most, and these are %d", maxTags, len(c.Tags)))
	}
}

// maxTags leaves room for snellen's own among the service's 50.
const maxTags = 40

// A form is what a text must look like; the service's own patterns, where it documents one.
type stringForm struct {
	name    string
	pattern *regexp.Regexp
	like    string
}

var stringForms = []stringForm{
	{"region", regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`), "eu-central-1"},
	{"role_arn", regexp.MustCompile(`^arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`), "arn:aws:iam::123456789012:role/SageMaker"},
	{"bucket", regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), "snellen-studies"},
	{"prefix", regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$`), "snellen"},
	{"instance_type", regexp.MustCompile(`^ml\.[a-z0-9-]+\.[a-z0-9-]+$`), "ml.g5.xlarge"},
}

func (l *loader) checkSageMakerBlock(s *section, c *SageMaker) {
	for _, f := range stringForms {
		if v, ok := s.values[f.name].(string); ok && !f.pattern.MatchString(v) {
			l.add(s.at(f.name), "like "+f.like, fmt.Sprintf("%s cannot be %q", f.name, v))
		}
	}
	if c.MaxWait > 0 && c.MaxWait < c.MaxRuntime && s.valid("max_wait", "max_runtime") {
		l.add(s.at("max_wait"), "raise it", fmt.Sprintf("max_wait is %d, less than max_runtime of %d", c.MaxWait, c.MaxRuntime))
	}
	if c.MaxWait > 0 && !c.Spot && s.valid("max_wait", "spot") {
		l.add(s.at("max_wait"), "write spot = true, or take it out", "max_wait is for spot jobs")
	}
	if c.KeepAlive > 0 && c.Spot {
		l.add(s.at("keep_alive"), "take one of them out", "a spot job keeps no machine")
	}
	if (len(c.Subnets) == 0) != (len(c.SecurityGroups) == 0) && s.valid("subnets", "security_groups") {
		l.add(s.at("subnets"), "give both, or none", "a VPC needs subnets and security_groups")
	}
	if slices.Contains(c.Instances[1:], c.Instances[0]) {
		l.add(s.at("fallback"), "name other types", "fallback names instance_type again")
	}
}

func (l *loader) readServing(s *section, v *Serving) {
	inner := &section{block: servingBlock, header: s.header, body: &hclsyntax.Body{}, values: map[string]any{}, invalid: map[string]bool{}}
	if found := blocksOf(s.body, servingBlock.name); len(found) > 0 {
		inner = l.decode(servingBlock, found[0].Body, found[0].DefRange(), nil)
	}
	inner.assign(map[string]any{
		"instance_type": &v.Instance, "instance_count": &v.Count, "memory_mb": &v.MemoryMB, "max_concurrency": &v.Concurrency,
		"parallel": &v.Parallel, "max_wait": &v.MaxWait,
	}, true)
	v.Where = inner.positions()
	if v.MemoryMB == 0 {
		return
	}
	if _, given := inner.values["instance_type"]; given {
		l.add(inner.at("instance_type"), "take one of them out", "an endpoint is serverless or has an instance_type")
	}
	v.Instance = ""
}

func (l *loader) readBudget() *Budget {
	found := blocksOf(l.root.body, budgetBlock.name)
	if len(found) == 0 {
		return nil
	}
	s := l.singleBlock(budgetBlock)
	b := &Budget{Where: s.positions()}
	s.assign(map[string]any{"max_usd": &b.MaxUSD, "prices": &b.Prices, "live": &b.Live}, true)
	if b.Prices == "" {
		return b
	}
	if b.Live {
		l.add(s.at("prices"), "take one of them out", "prices come from a file or live")
	}
	if !filepath.IsAbs(b.Prices) {
		b.Prices = filepath.Join(l.dir, filepath.FromSlash(b.Prices))
	}
	if problem := fileProblem(b.Prices); problem != "" {
		l.add(s.at("prices"), "a path starts at the spec's folder", strings.Replace(problem, ", not a video", "", 1))
	}
	return b
}
