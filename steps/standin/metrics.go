package standin

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// This file is the part of CloudWatch that has the metrics of training jobs.

const jobMetrics = "/aws/sagemaker/TrainingJobs"

type getMetricsRequest struct {
	Namespace, MetricName string
	Dimensions            []struct{ Name, Value string }
	StartTime, EndTime    stamp
	Period                int // seconds
	Statistics            []string
}

// getMetrics answers GetMetricStatistics: the statistics of a job's metric in each period. A metric
// that is not known has none.
func getMetrics(s *Server, q *getMetricsRequest) (any, error) {
	from, to := time.Time(q.StartTime), time.Time(q.EndTime)
	switch {
	case len(q.Statistics) == 0:
		return nil, &refusal{http.StatusBadRequest, "MissingRequiredParameterException",
			"At least one of the parameters Statistics and ExtendedStatistics must be specified."}
	case q.Period != 1 && q.Period != 5 && q.Period != 10 && q.Period != 30 && q.Period%60 != 0:
		return nil, &refusal{http.StatusBadRequest, "InvalidParameterValueException",
			"The parameter Period must be 1, 5, 10, 30, or a multiple of 60."}
	case !from.Before(to):
		return nil, &refusal{http.StatusBadRequest, "InvalidParameterValueException",
			"The parameter StartTime must be less than the parameter EndTime."}
	}
	period := time.Duration(q.Period) * time.Second
	from, to = from.Truncate(period), to.Truncate(period)
	values := map[time.Time][]float64{}
	for _, m := range s.metricsOf(q) {
		at := time.Time(m.Timestamp).Truncate(period)
		if m.MetricName == q.MetricName && !at.Before(from) && at.Before(to) {
			values[at] = append(values[at], float64(m.Value))
		}
	}
	points := []map[string]any{}
	for _, at := range slices.SortedFunc(maps.Keys(values), time.Time.Compare) {
		points = append(points, statistics(q.Statistics, at, values[at]))
	}
	return struct {
		Label      string
		Datapoints []map[string]any
	}{q.MetricName, points}, nil
}

// metricsOf returns the metrics of the job that a request names.
func (s *Server) metricsOf(q *getMetricsRequest) []metric {
	if q.Namespace != jobMetrics || len(q.Dimensions) != 1 ||
		q.Dimensions[0].Name != "TrainingJobName" {
		return nil
	}
	if j := s.jobs[q.Dimensions[0].Value]; j != nil {
		return j.metrics
	}
	return nil
}

// statistics returns what was asked of the values of one period.
func statistics(wanted []string, at time.Time, values []float64) map[string]any {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	all := map[string]float64{"SampleCount": float64(len(values)), "Sum": sum,
		"Average": sum / float64(len(values)),
		"Minimum": slices.Min(values), "Maximum": slices.Max(values)}
	point := map[string]any{"Timestamp": stamp(at), "Unit": "None"}
	for _, name := range wanted {
		point[name] = all[name]
	}
	return point
}
