package quicksight

import "rehome/internal/twin/kernel"

// putRefreshProperties keeps a dataset's refresh properties where a bundle has them: in its content (quick-api 3.3).
func putRefreshProperties(r *kernel.Request) (any, error) {
	c, err := dataSetCall(r)
	if err != nil {
		return nil, err
	}
	var v content
	if err := parse(c.in["DataSetRefreshProperties"], &v); err != nil || v == nil {
		return nil, invalid("DataSetRefreshProperties is required.")
	}
	c.all["dataSetRefreshProperties"] = rename(map[string]any(v), inBundle)
	return c.putProperties()
}

func (c ofDataSet) putProperties() (any, error) {
	text, err := written(c.all)
	if err != nil {
		return nil, err
	}
	c.asset.Content = text
	c.Assets().Put(c.asset)
	return answer(c.Request, map[string]any{}), nil
}

func describeRefreshProperties(r *kernel.Request) (any, error) {
	c, err := dataSetCall(r)
	if err == nil && member(c.all, "dataSetRefreshProperties") == nil {
		err = notFound("The dataset %s has no refresh properties.", c.id)
	}
	if err != nil {
		return nil, err
	}
	return answer(r, pick(c.all, "DataSetRefreshProperties")), nil
}

func deleteRefreshProperties(r *kernel.Request) (any, error) {
	c, err := dataSetCall(r)
	if err == nil && member(c.all, "dataSetRefreshProperties") == nil {
		err = notFound("The dataset %s has no refresh properties.", c.id)
	}
	if err != nil {
		return nil, err
	}
	delete(c.all, "dataSetRefreshProperties")
	return c.putProperties()
}
