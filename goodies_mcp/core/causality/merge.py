"""Three-way merge of JSON, key by key, over any number of sides at once: no order of arrival can change the result."""
