ALTER TABLE submissions ADD COLUMN places TEXT NOT NULL DEFAULT 'null';    -- JSON, where the farm finds each model that needed no upload
