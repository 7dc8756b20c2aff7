package constraint

import (
	"os"
	"path/filepath"
	"testing"
)

// wanted are the calls that table.txt has.
var wanted = []string{
	"CreateTrainingJob", "DescribeTrainingJob", "StopTrainingJob", "DeleteTrainingJob",
	"ListTrainingJobs",
	"CreateModel", "DescribeModel", "DeleteModel",
	"CreateEndpointConfig", "DescribeEndpointConfig", "DeleteEndpointConfig",
	"CreateEndpoint", "DescribeEndpoint", "UpdateEndpoint", "DeleteEndpoint", "ListEndpoints",
	"AddTags", "ListTags", "DeleteTags",
	"InvokeEndpoint", "DescribeLogStreams", "GetLogEvents", "FilterLogEvents", "GetProducts",
}

const tableHead = "# Made by TestTable from a listing of the services' models of August 2026. Do " +
	"not edit.\n"

// api reads the listing, which lies beside the repository and is not part of it.
func api(t *testing.T) listing {
	t.Helper()
	text, err := os.ReadFile(
		filepath.Join("..", "..", "..", "..", "shared", "sagemaker", "api.txt"))
	if err != nil {
		t.Skip("the listing ../shared/sagemaker/api.txt is not here")
	}
	all, err := readListing(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestTable holds table.txt to the listing; SNELLEN_UPDATE=1 writes it anew.
func TestTable(t *testing.T) {
	made := tableHead + api(t).table(wanted)
	if os.Getenv("SNELLEN_UPDATE") != "" {
		if err := os.WriteFile("table.txt", []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if made != table {
		t.Error(
			"table.txt is not what the listing says; run SNELLEN_UPDATE=1 go test " +
				"./steps/sagemaker/constraint -run TestTable")
	}
}
