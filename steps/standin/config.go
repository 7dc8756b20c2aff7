package standin

import (
	"encoding/json"
	"slices"
	"time"
)

// A config is an endpoint's configuration: which models on which instances.
type config struct {
	name, arn string
	asked     createConfigRequest
	kept      members
	created   time.Time
	birth
}

type createConfigRequest struct {
	EndpointConfigName string
	ProductionVariants []variant
	Tags               []tag
}

type variant struct {
	VariantName, ModelName, InstanceType string
	InitialInstanceCount                 int
	InitialVariantWeight                 *float64
	ServerlessConfig                     *serverless
}

type serverless struct {
	MemorySizeInMB, MaxConcurrency int
	ProvisionedConcurrency         *int `json:",omitempty"`
}

var configMembers = []string{"EndpointConfigName", "ProductionVariants", "DataCaptureConfig",
	"KmsKeyId", "AsyncInferenceConfig", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"}

func createConfig(s *Server, body []byte) (any, error) {
	c := &config{created: s.now()}
	if err := json.Unmarshal(body, &c.asked); err != nil {
		return nil, err
	}
	var err error
	if c.kept, err = keep(body, configMembers...); err != nil {
		return nil, err
	}
	c.name = c.asked.EndpointConfigName
	c.arn = s.arn("endpoint-config", c.name)
	if _, ok := s.configs[c.name]; ok {
		return nil, invalid("Cannot create already existing endpoint configuration %q.", c.arn)
	}
	for i := range c.asked.ProductionVariants {
		if err := c.asked.ProductionVariants[i].check(s); err != nil {
			return nil, err
		}
	}
	if err := repeated(c.asked.Tags); err != nil {
		return nil, err
	}
	if err := c.describable(); err != nil {
		return nil, err
	}
	c.unseen = s.lag
	s.configs[c.name] = c
	s.tags[c.arn] = c.asked.Tags
	return struct{ EndpointConfigArn string }{c.arn}, nil
}

// serverlessMemory are the memory sizes of a serverless variant, MB.
var serverlessMemory = []int{1024, 2048, 3072, 4096, 5120, 6144}

func (v *variant) check(s *Server) error {
	if _, err := s.model(v.ModelName); err != nil {
		return err
	}
	l := v.ServerlessConfig
	switch {
	case (l == nil) == (v.InstanceType == ""):
		return invalid("The variant %q must have either an InstanceType or a ServerlessConfig",
			v.VariantName)
	case l == nil && v.InitialInstanceCount < 1:
		return invalid("The variant %q must have an InitialInstanceCount of at least 1",
			v.VariantName)
	case l == nil:
		return nil
	case v.InitialInstanceCount != 0:
		return invalid("The variant %q is serverless and must have no InitialInstanceCount",
			v.VariantName)
	case !slices.Contains(serverlessMemory, l.MemorySizeInMB):
		return invalid("MemorySizeInMB of the variant %q must be one of %v", v.VariantName,
			serverlessMemory)
	case l.ProvisionedConcurrency != nil && *l.ProvisionedConcurrency > l.MaxConcurrency:
		return invalid("ProvisionedConcurrency of the variant %q must not be over MaxConcurrency",
			v.VariantName)
	}
	return nil
}

// names reports whether the configuration has a variant of the model.
func (c *config) names(model string) bool {
	return slices.ContainsFunc(c.asked.ProductionVariants,
		func(v variant) bool { return v.ModelName == model })
}

func (s *Server) config(name string) (*config, error) {
	c, ok := s.configs[name]
	if !ok || !c.found() {
		return nil, invalid("Could not find endpoint configuration %q.",
			s.arn("endpoint-config", name))
	}
	return c, nil
}

type configName struct{ EndpointConfigName string }

func describeConfig(s *Server, q *configName) (any, error) {
	c, err := s.config(q.EndpointConfigName)
	if err != nil {
		return nil, err
	}
	return c.kept.join(struct {
		EndpointConfigArn string
		CreationTime      stamp
	}{c.arn, stamp(c.created)})
}

func deleteConfig(s *Server, q *configName) (any, error) {
	c, err := s.config(q.EndpointConfigName)
	if err != nil {
		return nil, err
	}
	for _, e := range s.endpoints {
		if e.config == c.name {
			s.misused("the configuration %s was deleted while the endpoint %s used it", c.name,
				e.name)
		}
	}
	delete(s.configs, c.name)
	delete(s.tags, c.arn)
	return nil, nil
}

func listConfigs(s *Server, q *listing) (any, error) {
	var all []entry
	for _, c := range s.configs {
		all = append(all, entry{c.name, "", c.created, struct {
			EndpointConfigName, EndpointConfigArn string
			CreationTime                          stamp
		}{c.name, c.arn, stamp(c.created)}})
	}
	found, next, err := q.page(all)
	return struct {
		EndpointConfigs []any
		NextToken       string `json:",omitempty"`
	}{found, next}, err
}
