-- Whether what is to be done about a finding is something to type (command) or not (words). The next audit says it
-- of findings from before.
ALTER TABLE findings ADD COLUMN remedy_kind TEXT NOT NULL DEFAULT 'words';
