package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxServerless is how large a request of a serverless endpoint may be.
const maxServerless = 4 << 20

// A modelError is what a container answered instead of a prediction.
type modelError struct {
	*refusal
	status  int
	message string
	log     string
}

func (e *modelError) Unwrap() error { return e.refusal }

func (s *Server) modelFailed(name string, status int, message string) error {
	log := fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#logEventViewer:group=/aws/sagemaker/Endpoints/%s", s.options.Region, s.options.Region, name)
	text := fmt.Sprintf("Received client error (%d) from primary with message %q. See %s in account %s for more information.", status, message, log, s.options.Account)
	return &modelError{&refusal{http.StatusFailedDependency, "ModelError", text}, status, message, log}
}

// ModelBroken is the fault that a container answers with an error: status 424.
func ModelBroken(times int) Fault {
	return Fault{Call: "InvokeEndpoint", Times: times, Status: http.StatusFailedDependency, Code: "ModelError",
		Message: "Received server error (500) from primary with message \"\"."}
}

// invoke classifies one image.
func (s *Server) invoke(ctx context.Context, q *request) (func(http.ResponseWriter), error) {
	v, err := s.serving(q.name, q.header.Get("X-Amzn-SageMaker-Target-Variant"))
	if err != nil {
		return nil, err
	}
	if v.variant.ServerlessConfig != nil && len(q.raw) > maxServerless {
		return nil, &refusal{http.StatusBadRequest, "ValidationError", "The payload of a serverless endpoint may have 4 MB"}
	}
	switch q.header.Get("Content-Type") {
	case "image/jpeg", "image/png", "application/x-image":
	default:
		return nil, s.modelFailed(q.name, http.StatusUnsupportedMediaType, "unsupported content-type "+q.header.Get("Content-Type"))
	}
	probabilities, err := v.classifier.Classify(ctx, q.raw)
	if err != nil {
		return nil, s.modelFailed(q.name, http.StatusBadRequest, err.Error())
	}
	body, media, err := prediction(probabilities, q.header.Get("Accept"))
	if err != nil {
		return nil, s.modelFailed(q.name, http.StatusBadRequest, err.Error())
	}
	return func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", media)
		w.Header().Set("X-Amzn-Invoked-Production-Variant", v.variant.VariantName)
		w.Write(body)
	}, nil
}

// serving finds the variant of an endpoint that answers.
func (s *Server) serving(name, wanted string) (served, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.endpoints[name]
	if !ok || len(e.serving) == 0 {
		return served{}, &refusal{http.StatusBadRequest, "ValidationError", fmt.Sprintf("Endpoint %s of account %s not found.", name, s.options.Account)}
	}
	for _, v := range e.serving {
		if wanted == "" || wanted == v.variant.VariantName {
			return v, nil
		}
	}
	return served{}, &refusal{http.StatusBadRequest, "ValidationError", fmt.Sprintf("Variant %s not found for endpoint %s.", wanted, name)}
}

// prediction writes probabilities: as a bare list, or, where JSON lines are accepted, as an object on a line.
func prediction(probabilities []float64, accept string) (body []byte, media string, err error) {
	media, _, _ = strings.Cut(accept, ";")
	switch media {
	case "", "*/*", "application/json":
		body, err = json.Marshal(probabilities)
		return body, "application/json", err
	case "application/jsonlines":
		body, err = json.Marshal(struct {
			Prediction []float64 `json:"prediction"`
		}{probabilities})
		return append(body, '\n'), media, err
	}
	return nil, "", fmt.Errorf("the accept type %q is not supported", accept)
}
