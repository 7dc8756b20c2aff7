package standin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxServerless bounds a request to a serverless endpoint, in bytes.
const maxServerless = 4 << 20

// A modelError is a container's answer other than a prediction.
type modelError struct {
	*refusal
	status  int
	message string
	log     string
}

func (e *modelError) Unwrap() error { return e.refusal }

func (s *Server) modelFailed(name string, status int, message string) error {
	log := fmt.Sprintf("https://%[1]s.console.aws.amazon.com/cloudwatch/home?region=%[1]s"+
		"#logEventViewer:group=/aws/sagemaker/Endpoints/%[2]s", s.options.Region, name)
	text := fmt.Sprintf(
		"Received client error (%d) from primary with message %q. See %s in account %s for more "+
			"information.", status, message, log, s.options.Account)
	return &modelError{&refusal{http.StatusFailedDependency, "ModelError", text}, status, message,
		log}
}

// ModelBroken returns the fault of a container that answers with an error: status 424.
func ModelBroken(times int) Fault {
	return Fault{Call: "InvokeEndpoint", Times: times, Status: http.StatusFailedDependency,
		Code:    "ModelError",
		Message: "Received server error (500) from primary with message \"\"."}
}

// invoke classifies one image.
func (s *Server) invoke(ctx context.Context, q *request) (func(http.ResponseWriter), error) {
	v, err := s.serving(q.name, q.header.Get("X-Amzn-SageMaker-Target-Variant"))
	if err != nil {
		return nil, err
	}
	if v.variant.ServerlessConfig != nil && len(q.raw) > maxServerless {
		return nil, &refusal{http.StatusBadRequest, "ValidationError",
			"The payload of a serverless endpoint may have 4 MB"}
	}
	switch q.header.Get("Content-Type") {
	case "image/jpeg", "image/png", "application/x-image":
	default:
		return nil, s.modelFailed(q.name, http.StatusUnsupportedMediaType,
			"unsupported content-type "+q.header.Get("Content-Type"))
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

// serving returns the variant of an endpoint that answers.
func (s *Server) serving(name, wanted string) (served, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.endpoints[name]
	if !ok || len(e.serving) == 0 {
		return served{},
			&refusal{http.StatusBadRequest, "ValidationError",
				fmt.Sprintf("Endpoint %s of account %s not found.", name, s.options.Account)}
	}
	for _, v := range e.serving {
		if wanted == "" || wanted == v.variant.VariantName {
			return v, nil
		}
	}
	return served{},
		&refusal{http.StatusBadRequest, "ValidationError",
			fmt.Sprintf("Variant %s not found for endpoint %s.", wanted, name)}
}

// prediction writes probabilities as a bare list, or as an object on a line if JSON lines are
// accepted.
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
