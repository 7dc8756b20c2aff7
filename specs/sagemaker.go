package specs

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// This file has the blocks of trainer "sagemaker" and of the budget. A new attribute needs a row in
// the block's table, a field in the struct, and an entry where the block is read; the reference and
// the editor support follow from the table.

// SageMaker describes where, and on which machines, Amazon SageMaker trains and judges. It holds no
// credentials: they come from the environment, or from a profile, which has its own files.
type SageMaker struct {
	Region, Profile string
	RoleARN         string
	Bucket, Prefix  string
	Image           string   // the user's training image; "": the built-in image classification
	Instances       []string // instance types; the first with capacity is used
	InstanceCount   int
	VolumeGB        int
	InputMode       string // "File", "FastFile", "Pipe"
	MaxRuntime      int    // seconds that a job may train
	Spot            bool
	MaxWait         int // seconds for a spot job, including the wait; 0: twice MaxRuntime
	KeepAlive       int // seconds to keep a warm pool
	Subnets         []string
	SecurityGroups  []string
	VolumeKey       string // KMS key
	OutputKey       string // KMS key
	Isolated        bool   // the container has no network
	Encrypted       bool   // traffic between instances is encrypted
	Tags            map[string]string
	Attempts        int    // at most, for failures that are worth a retry
	OnInterrupt     string // "leave" or "stop"
	Parallel        int    // jobs and endpoints at once
	Serving         Serving
	Where           Where
}

// Serving describes the endpoint that judges. It is created for an evaluation and deleted
// afterwards.
type Serving struct {
	Instance    string // type; "": serverless
	Count       int
	MemoryMB    int // of a serverless endpoint; 0: not serverless
	Concurrency int // of a serverless endpoint
	Parallel    int // concurrent requests
	MaxWait     int // seconds until the endpoint must be in service
	Where       Where
}

// A Budget limits what an apply may cost.
type Budget struct {
	MaxUSD float64
	Prices string // the user's price file; "": the built-in one
	Live   bool   // query the service's price list
	Where  Where
}

// day is in seconds, like all durations of a spec.
const day = 24 * 60 * 60 // seconds

var servingBlock = &block{
	name: "endpoint", single: true,
	meaning: "The endpoint that judges. It is created for an evaluation and always deleted " +
		"afterwards.",
	attributes: []attribute{
		str("instance_type", "ml.m5.xlarge", "the instance type, unless it is serverless"),
		integer("instance_count", 1, "the number of instances").between(1, 10),
		integer("memory_mb", 0, "memory of a serverless endpoint, in steps of 1024; 0: not "+
			"serverless").oneOf("0", "1024", "2048", "3072", "4096", "5120", "6144"),
		integer("max_concurrency", 5, "concurrent requests of a serverless endpoint").
			between(1, 200),
		integer("parallel", 8, "concurrent requests that snellen sends").between(1, 200),
		integer("max_wait", 1800, "seconds to wait until it is in service").between(60, day),
	},
}

var sagemakerBlock = &block{
	name: "trainer", label: "sagemaker", single: true,
	meaning: "Amazon SageMaker trains and judges. Credentials come from the environment or from " +
		"`profile`, by the AWS SDK's default chain, and are never written here.",
	attributes: []attribute{
		str("region", "", "the AWS region: `eu-central-1`").required(),
		str("profile", "", "a profile of the AWS configuration files"),
		str("role_arn", "", "the role that jobs and models assume").required(),
		str("bucket", "", "the bucket for datasets and models, in the same region").required(),
		str("prefix", "snellen", "the prefix of all keys in the bucket"),
		str("image", "", "your own training image, which follows SageMaker's container contract").
			defaultText("the built-in image classification"),
		str("instance_type", "", "the instance type of training jobs: `ml.g5.xlarge`").required(),
		strList("fallback", "instance types to use instead, in this order, when there is no "+
			"capacity"),
		integer("instance_count", 1, "machines in one job").between(1, 100),
		integer("volume_gb", 50, "disk size of each machine").between(1, 16_384),
		str("input_mode", "File", "how a job reads its dataset").oneOf("File", "FastFile", "Pipe"),
		integer("max_runtime", 4*60*60, "seconds that a job may train").between(1, 28*day),
		boolean("spot", false, "train on spot capacity, with checkpoints"),
		integer("max_wait", 0, "seconds that a spot job may take, including the wait for capacity").
			between(1, 28*day).defaultText("twice `max_runtime`"),
		integer("keep_alive", 0,
			"seconds that a job's machine stays warm, and is billed, for the next job").
			between(0, 21_600),
		strList("subnets", "subnets of a VPC"),
		strList("security_groups", "security groups of a VPC"),
		str("volume_kms_key", "", "KMS key for the machines' disks"),
		str("output_kms_key", "", "KMS key for models in the bucket"),
		boolean("network_isolation", false, "run the container without network access"),
		boolean("encrypt_traffic", false, "encrypt traffic between the machines of one job"),
		anyValue("tags", "tags, as names and values, for everything that is created"),
		integer("max_attempts", 3, "jobs for one training, when a failure is worth a retry").
			between(1, 20),
		str("on_interrupt", "leave", "what the first interrupt does with running jobs").
			oneOf("leave", "stop"),
		integer("parallel", 4, "concurrent jobs and endpoints: your quota").between(1, 100),
	},
	blocks: []*block{servingBlock},
}

var budgetBlock = &block{
	name: "budget", single: true,
	meaning: "What an apply may cost in the cloud. It refuses to start when it could cost " +
		"more.",
	attributes: []attribute{
		number("max_usd", 0, "the limit in US dollars").between(0.01, math.Inf(1)).required(),
		str("prices", "", "a JSON file with dated prices").defaultText("the built-in file"),
		boolean("live", false, "query the AWS price list instead of a file"),
	},
}

// readSageMaker reads a trainer "sagemaker" block.
func (l *loader) readSageMaker(b *hclsyntax.Block) *SageMaker {
	s := l.decode(sagemakerBlock, b.Body, b.DefRange(), nil)
	c := &SageMaker{Where: s.positions()}
	instance, fallback := "", []string(nil)
	s.assign(map[string]any{
		"region": &c.Region, "profile": &c.Profile, "role_arn": &c.RoleARN, "bucket": &c.Bucket,
		"prefix": &c.Prefix, "image": &c.Image,
		"instance_type": &instance, "fallback": &fallback, "instance_count": &c.InstanceCount,
		"volume_gb":  &c.VolumeGB,
		"input_mode": &c.InputMode, "max_runtime": &c.MaxRuntime, "spot": &c.Spot,
		"max_wait": &c.MaxWait, "keep_alive": &c.KeepAlive,
		"subnets": &c.Subnets, "security_groups": &c.SecurityGroups, "volume_kms_key": &c.VolumeKey,
		"output_kms_key":    &c.OutputKey,
		"network_isolation": &c.Isolated, "encrypt_traffic": &c.Encrypted,
		"max_attempts": &c.Attempts, "on_interrupt": &c.OnInterrupt,
		"parallel": &c.Parallel,
	}, true)
	c.Instances = append([]string{instance}, fallback...)
	c.Tags = l.readStringMap(s, "tags", `write tags = { team = "shelf" }`, tagProblem)
	if len(c.Tags) > maxTags {
		l.add(s.at("tags"), "", fmt.Sprintf("at most %d tags are allowed, and these are %d",
			maxTags, len(c.Tags)))
	}
	l.checkSageMakerBlock(s, c)
	l.readServing(s, &c.Serving)
	return c
}

// tagProblem returns what is wrong with the name of a tag, or "".
func tagProblem(name string) (problem, hint string) {
	if strings.HasPrefix(name, "snellen:") || strings.HasPrefix(strings.ToLower(name), "aws:") {
		return fmt.Sprintf("tag %q begins with a reserved prefix", name), "rename it"
	}
	return "", ""
}

// maxTags leaves room for snellen's own tags within the service's limit of 50.
const maxTags = 40

// A stringForm is a pattern that a string must match, with an example. The patterns are the
// service's own where it documents them.
type stringForm struct {
	name    string
	pattern form
	like    string
}

// stringForms are checked when a spec is loaded, since a wrong string would otherwise fail only in
// the cloud, after minutes and at a cost.
var stringForms = []stringForm{
	{"region", newForm(`^[a-z]{2}(-[a-z]+)+-[0-9]$`), "eu-central-1"},
	{"role_arn", newForm(`^arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`),
		"arn:aws:iam::123456789012:role/SageMaker"},
	{"bucket", newForm(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), "snellen-studies"},
	{"prefix", newForm(`^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$`),
		"snellen"},
	{"instance_type", newForm(`^ml\.[a-z0-9-]+\.[a-z0-9-]+$`), "ml.g5.xlarge"},
}

// checkSageMakerBlock applies the rules over several attributes of the block.
func (l *loader) checkSageMakerBlock(s *section, c *SageMaker) {
	for _, f := range stringForms {
		if v, ok := s.values[f.name].(string); ok && !f.pattern.matches(v) {
			l.add(s.at(f.name), "like "+f.like, fmt.Sprintf("%s cannot be %q", f.name, v))
		}
	}
	if c.MaxWait > 0 && c.MaxWait < c.MaxRuntime && s.valid("max_wait", "max_runtime") {
		l.add(s.at("max_wait"), "raise it",
			fmt.Sprintf("max_wait is %d, less than max_runtime of %d", c.MaxWait, c.MaxRuntime))
	}
	if c.MaxWait > 0 && !c.Spot && s.valid("max_wait", "spot") {
		l.add(s.at("max_wait"), "write spot = true, or remove it",
			"max_wait applies to spot jobs only")
	}
	if c.KeepAlive > 0 && c.Spot {
		l.add(s.at("keep_alive"), "remove one of them", "keep_alive does not apply to spot jobs")
	}
	if (len(c.Subnets) == 0) != (len(c.SecurityGroups) == 0) &&
		s.valid("subnets", "security_groups") {
		l.add(s.at("subnets"), "set both, or neither", "a VPC needs subnets and security_groups")
	}
	if slices.Contains(c.Instances[1:], c.Instances[0]) {
		l.add(s.at("fallback"), "name other types", "fallback repeats instance_type")
	}
}

// readServing reads the endpoint block, or its defaults.
func (l *loader) readServing(s *section, v *Serving) {
	inner := &section{block: servingBlock, header: s.header, body: &hclsyntax.Body{},
		values: map[string]any{}, invalid: map[string]bool{}}
	if found := blocksOf(s.body, servingBlock.name); len(found) > 0 {
		inner = l.decode(servingBlock, found[0].Body, found[0].DefRange(), nil)
	}
	inner.assign(map[string]any{
		"instance_type": &v.Instance, "instance_count": &v.Count, "memory_mb": &v.MemoryMB,
		"max_concurrency": &v.Concurrency,
		"parallel":        &v.Parallel, "max_wait": &v.MaxWait,
	}, true)
	v.Where = inner.positions()
	if v.MemoryMB == 0 {
		return
	}
	if _, given := inner.values["instance_type"]; given {
		l.add(inner.at("instance_type"), "remove one of them",
			"an endpoint has either memory_mb or an instance_type")
	}
	v.Instance = ""
}

// readBudget reads the budget block. It returns nil when there is none.
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
		l.add(s.at("prices"), "remove one of them",
			"prices come either from a file or from the price list")
	}
	b.Prices = l.files.Find(b.Prices)
	if problem := fileProblem("file", b.Prices); problem != "" {
		l.add(s.at("prices"), "paths are relative to the spec's folder",
			strings.Replace(problem, ", not a file", "", 1))
	}
	return b
}
