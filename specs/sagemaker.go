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
	name: "endpoint", once: true, meaning: "What judges: made for an evaluation, and deleted behind it in any case.",
	attributes: []attribute{
		text("instance_type", "ml.m5.xlarge", "what it runs on, where it is not serverless"),
		whole("instance_count", 1, "instances").from(1, 10),
		whole("memory_mb", 0, "of a serverless endpoint, in steps of 1024; 0: it has an instance").of("0", "1024", "2048", "3072", "4096", "5120", "6144"),
		whole("max_concurrency", 5, "requests that a serverless endpoint answers at once").from(1, 200),
		whole("parallel", 8, "crops that are asked about at once").from(1, 200),
		whole("max_wait", 1800, "seconds for it to be in service").from(60, day),
	},
}

var sagemakerBlock = &block{
	name: "trainer", label: "sagemaker", once: true,
	meaning: "Amazon SageMaker trains and judges. Credentials come from the environment or from `profile`, by the AWS SDK's usual chain, and are never written here.",
	attributes: []attribute{
		text("region", "", "where: `eu-central-1`").must(),
		text("profile", "", "of the AWS configuration files"),
		text("role_arn", "", "the role that jobs and models have").must(),
		text("bucket", "", "where datasets and models are kept; in the same region").must(),
		text("prefix", "snellen", "what all keys in the bucket begin with"),
		text("image", "", "a training image of your own that follows SageMaker's contract").otherwise("the built-in image classification"),
		text("instance_type", "", "what a job trains on: `ml.g5.xlarge`").must(),
		texts("fallback", "instance types to take instead, in order, where there is no capacity"),
		whole("instance_count", 1, "machines of one job").from(1, 100),
		whole("volume_gb", 50, "disk of each").from(1, 16_384),
		text("input_mode", "File", "how a job reads its dataset").of("File", "FastFile", "Pipe"),
		whole("max_runtime", 4*60*60, "seconds that a job may train").from(1, 28*day),
		truth("spot", false, "train on spare capacity, with checkpoints"),
		whole("max_wait", 0, "seconds for a spot job, its waiting included").from(1, 28*day).otherwise("twice `max_runtime`"),
		whole("keep_alive", 0, "seconds that a job's machine waits for the next one, and costs").from(0, 21_600),
		texts("subnets", "of a VPC"),
		texts("security_groups", "of a VPC"),
		text("volume_kms_key", "", "encrypts the machines' disks"),
		text("output_kms_key", "", "encrypts models in the bucket"),
		truth("network_isolation", false, "the container has no network"),
		truth("encrypt_traffic", false, "between machines of one job"),
		anything("tags", "names and values for everything that is made"),
		whole("max_attempts", 3, "jobs for one training, where a failure is worth another try").from(1, 20),
		text("on_interrupt", "leave", "what the first interrupt does to running jobs").of("leave", "stop"),
		whole("parallel", 4, "jobs and endpoints at once: your quota").from(1, 100),
	},
	blocks: []*block{servingBlock},
}

var budgetBlock = &block{
	name: "budget", once: true, meaning: "What an apply may cost in the cloud; it refuses to begin where it could cost more.",
	attributes: []attribute{
		number("max_usd", 0, "US dollars").from(0.01, math.Inf(1)).must(),
		text("prices", "", "a JSON file with dated prices").otherwise("the file that is built in"),
		truth("live", false, "ask the AWS price list in place of a file"),
	},
}

// sagemaker reads a trainer "sagemaker" block.
func (l *loader) sagemaker(b *hclsyntax.Block) *SageMaker {
	s := l.section(sagemakerBlock, b.Body, b.DefRange(), nil)
	c := &SageMaker{Where: s.where()}
	instance, fallback := "", []string(nil)
	s.into(map[string]any{
		"region": &c.Region, "profile": &c.Profile, "role_arn": &c.RoleARN, "bucket": &c.Bucket, "prefix": &c.Prefix, "image": &c.Image,
		"instance_type": &instance, "fallback": &fallback, "instance_count": &c.InstanceCount, "volume_gb": &c.VolumeGB,
		"input_mode": &c.InputMode, "max_runtime": &c.MaxRuntime, "spot": &c.Spot, "max_wait": &c.MaxWait, "keep_alive": &c.KeepAlive,
		"subnets": &c.Subnets, "security_groups": &c.SecurityGroups, "volume_kms_key": &c.VolumeKey, "output_kms_key": &c.OutputKey,
		"network_isolation": &c.Isolated, "encrypt_traffic": &c.Encrypted, "max_attempts": &c.Attempts, "on_interrupt": &c.OnInterrupt,
		"parallel": &c.Parallel,
	}, true)
	c.Instances = append([]string{instance}, fallback...)
	l.cloudTags(s, c)
	l.cloudRules(s, c)
	l.serving(s, &c.Serving)
	return c
}

// cloudTags reads tags, which is an object whose values are texts.
func (l *loader) cloudTags(s *section, c *SageMaker) {
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
type form struct {
	name    string
	pattern *regexp.Regexp
	like    string
}

var forms = []form{
	{"region", regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`), "eu-central-1"},
	{"role_arn", regexp.MustCompile(`^arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`), "arn:aws:iam::123456789012:role/SageMaker"},
	{"bucket", regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), "snellen-studies"},
	{"prefix", regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$`), "snellen"},
	{"instance_type", regexp.MustCompile(`^ml\.[a-z0-9-]+\.[a-z0-9-]+$`), "ml.g5.xlarge"},
}

func (l *loader) cloudRules(s *section, c *SageMaker) {
	for _, f := range forms {
		if v, ok := s.values[f.name].(string); ok && !f.pattern.MatchString(v) {
			l.add(s.at(f.name), "like "+f.like, fmt.Sprintf("%s cannot be %q", f.name, v))
		}
	}
	if c.MaxWait > 0 && c.MaxWait < c.MaxRuntime && s.sound("max_wait", "max_runtime") {
		l.add(s.at("max_wait"), "raise it", fmt.Sprintf("max_wait is %d, less than max_runtime of %d", c.MaxWait, c.MaxRuntime))
	}
	if c.MaxWait > 0 && !c.Spot && s.sound("max_wait", "spot") {
		l.add(s.at("max_wait"), "write spot = true, or take it out", "max_wait is for spot jobs")
	}
	if c.KeepAlive > 0 && c.Spot {
		l.add(s.at("keep_alive"), "take one of them out", "a spot job keeps no machine")
	}
	if (len(c.Subnets) == 0) != (len(c.SecurityGroups) == 0) && s.sound("subnets", "security_groups") {
		l.add(s.at("subnets"), "give both, or none", "a VPC needs subnets and security_groups")
	}
	if slices.Contains(c.Instances[1:], c.Instances[0]) {
		l.add(s.at("fallback"), "name other types", "fallback names instance_type again")
	}
}

func (l *loader) serving(s *section, v *Serving) {
	inner := &section{block: servingBlock, header: s.header, body: &hclsyntax.Body{}, values: map[string]any{}, broken: map[string]bool{}}
	if found := blocksOf(s.body, servingBlock.name); len(found) > 0 {
		inner = l.section(servingBlock, found[0].Body, found[0].DefRange(), nil)
	}
	inner.into(map[string]any{
		"instance_type": &v.Instance, "instance_count": &v.Count, "memory_mb": &v.MemoryMB, "max_concurrency": &v.Concurrency,
		"parallel": &v.Parallel, "max_wait": &v.MaxWait,
	}, true)
	v.Where = inner.where()
	if v.MemoryMB == 0 {
		return
	}
	if _, given := inner.values["instance_type"]; given {
		l.add(inner.at("instance_type"), "take one of them out", "an endpoint is serverless or has an instance_type")
	}
	v.Instance = ""
}

func (l *loader) budget() *Budget {
	found := blocksOf(l.root.body, budgetBlock.name)
	if len(found) == 0 {
		return nil
	}
	s := l.only(budgetBlock)
	b := &Budget{Where: s.where()}
	s.into(map[string]any{"max_usd": &b.MaxUSD, "prices": &b.Prices, "live": &b.Live}, true)
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
