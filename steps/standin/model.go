package standin

import (
	"encoding/json"
	"time"
)

// A model names an image and a model.tar.gz.
type model struct {
	name, arn string
	asked     createModelRequest
	kept      members
	created   time.Time
	birth
}

type createModelRequest struct {
	ModelName        string
	PrimaryContainer *struct {
		Image, ModelDataUrl string
		Environment         map[string]string
	}
	ExecutionRoleArn string
	Tags             []tag
}

var modelMembers = []string{"ModelName", "PrimaryContainer", "Containers",
	"InferenceExecutionConfig", "ExecutionRoleArn", "VpcConfig", "EnableNetworkIsolation"}

func createModel(s *Server, body []byte) (any, error) {
	m := &model{created: s.now()}
	if err := json.Unmarshal(body, &m.asked); err != nil {
		return nil, err
	}
	var err error
	if m.kept, err = keep(body, modelMembers...); err != nil {
		return nil, err
	}
	m.name = m.asked.ModelName
	m.arn = s.arn("model", m.name)
	if _, ok := s.models[m.name]; ok {
		return nil, invalid("Cannot create already existing model %q.", m.arn)
	}
	c := m.asked.PrimaryContainer
	switch {
	case c == nil || c.Image == "":
		return nil, invalid(
			"A model needs a PrimaryContainer with an Image: the stand-in has no others")
	case m.asked.ExecutionRoleArn == "":
		return nil, invalid("ExecutionRoleArn is required")
	}
	if err := repeated(m.asked.Tags); err != nil {
		return nil, err
	}
	if builtIn(c.Image) {
		if err := s.registry(c.Image); err != nil {
			return nil, invalid("%v", err)
		}
	}
	if err := m.describable(); err != nil {
		return nil, err
	}
	m.unseen = s.lag
	s.models[m.name] = m
	s.tags[m.arn] = m.asked.Tags
	return struct{ ModelArn string }{m.arn}, nil
}

// dataThere checks that a model's data are in S3, before the model is created.
func (s *Server) dataThere(body []byte) error {
	var q createModelRequest
	if err := json.Unmarshal(body, &q); err != nil || q.PrimaryContainer == nil ||
		!builtIn(q.PrimaryContainer.Image) {
		return nil // it is refused later, or needs no data
	}
	if !s.exists(q.PrimaryContainer.ModelDataUrl) {
		return invalid("Could not find model data at %s.", q.PrimaryContainer.ModelDataUrl)
	}
	return nil
}

func (s *Server) model(name string) (*model, error) {
	m, ok := s.models[name]
	if !ok || !m.found() {
		return nil, invalid("Could not find model %q.", s.arn("model", name))
	}
	return m, nil
}

type modelName struct{ ModelName string }

func describeModel(s *Server, q *modelName) (any, error) {
	m, err := s.model(q.ModelName)
	if err != nil {
		return nil, err
	}
	return m.kept.join(struct {
		ModelArn     string
		CreationTime stamp
	}{m.arn, stamp(m.created)})
}

func deleteModel(s *Server, q *modelName) (any, error) {
	m, err := s.model(q.ModelName)
	if err != nil {
		return nil, err
	}
	for _, c := range s.configs {
		if c.names(m.name) {
			s.misused("the model %s was deleted while the configuration %s named it", m.name,
				c.name)
		}
	}
	delete(s.models, m.name)
	delete(s.tags, m.arn)
	return nil, nil
}

func listModels(s *Server, q *listing) (any, error) {
	var all []entry
	for _, m := range s.models {
		all = append(all, entry{m.name, "", m.created, struct {
			ModelName, ModelArn string
			CreationTime        stamp
		}{m.name, m.arn, stamp(m.created)}})
	}
	found, next, err := q.page(all)
	return struct {
		Models    []any
		NextToken string `json:",omitempty"`
	}{found, next}, err
}
