package client

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/aws/smithy-go/middleware"

	"snellen/steps/sagemaker"
)

// addGuards makes every call of a client wait for the rate limit and keep the documented
// constraints, which the SDK itself does not check.
func (c *Cloud) addGuards(stack *middleware.Stack) error {
	turn := func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if err := c.limit.Wait(ctx); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, context.Cause(ctx)
		}
		return next.HandleInitialize(ctx, in)
	}
	if err := addConstraints(stack); err != nil {
		return err
	}
	return stack.Initialize.Add(
		middleware.InitializeMiddlewareFunc("SnellenTurn", turn), middleware.After)
}

// addConstraints makes every call of a client keep the documented constraints. A call that breaks
// one is not sent.
func addConstraints(stack *middleware.Stack) error {
	check := func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if err := checkInput(middleware.GetOperationName(ctx), in.Parameters); err != nil {
			return middleware.InitializeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleInitialize(ctx, in)
	}
	return stack.Initialize.Add(
		middleware.InitializeMiddlewareFunc("SnellenConstraints", check), middleware.Before)
}

// checkInput returns an error if an SDK input breaks a constraint of its call, such as
// "CreateTrainingJob".
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

// wireValue returns the part of an SDK input that is sent. The SDK's types have more members than
// the constraints know; those that are unset are nil or the empty text of an enum, and left out.
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
