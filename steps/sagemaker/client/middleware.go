package client

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/aws/smithy-go/middleware"

	"snellen/steps/sagemaker"
)

// addGuards has every call of a client wait for its turn and hold the service's documented constraints, which the SDK itself
// does not look at.
func (c *Cloud) addGuards(stack *middleware.Stack) error {
	turn := middleware.InitializeMiddlewareFunc("SnellenTurn", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if err := c.limit.Wait(ctx); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, context.Cause(ctx)
		}
		return next.HandleInitialize(ctx, in)
	})
	if err := addConstraints(stack); err != nil {
		return err
	}
	return stack.Initialize.Add(turn, middleware.After)
}

// addConstraints has every call of a client hold the constraints.
func addConstraints(stack *middleware.Stack) error {
	check := middleware.InitializeMiddlewareFunc("SnellenConstraints", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if err := checkInput(middleware.GetOperationName(ctx), in.Parameters); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleInitialize(ctx, in)
	})
	return stack.Initialize.Add(check, middleware.Before)
}

// checkInput returns what is wrong with an SDK's input for a call, such as "CreateTrainingJob",
// before it is sent.
func checkInput[T any](call string, input T) error {
	return sagemaker.CheckRequest(call, wireValue(reflect.ValueOf(input)))
}

// input decodes a request into the SDK's type for its call, whose fields have the names of the API.
func input[T any](r sagemaker.Request) (*T, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	in := new(T)
	return in, json.Unmarshal(data, in)
}

// wireValue is what of an input goes over the wire: the SDK's types know more members than the constraints do, and all that is
// unset is nil, or an enum's empty text.
func wireValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return wireValue(v.Elem())
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			return at
		}
		members := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && !v.Field(i).IsZero() {
				members[f.Name] = wireValue(v.Field(i))
			}
		}
		return members
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return v.Bytes()
		}
		list := []any{}
		for i := range v.Len() {
			list = append(list, wireValue(v.Index(i)))
		}
		return list
	case reflect.Map:
		entries := map[string]any{}
		for it := v.MapRange(); it.Next(); {
			entries[it.Key().String()] = wireValue(it.Value())
		}
		return entries
	}
	return v.Interface()
}

// jitter is about d: programs that began together must not ask together.
func jitter(d time.Duration) time.Duration {
	return d*4/5 + rand.N(d*2/5+1)
}
