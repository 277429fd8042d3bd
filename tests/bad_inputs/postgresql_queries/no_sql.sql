-- expected: at character 1 of the query)
patients, please
