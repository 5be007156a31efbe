extension Schema {
    /// What an answer for robots.txt lacked.
    static let robotsFaults = """
        ALTER TABLE robots ADD COLUMN fault INTEGER;  -- RobotsFault of the last answer; NULL = it had none
        ALTER TABLE robots ADD COLUMN is_cut INTEGER NOT NULL DEFAULT 0;  -- 1: the copy lacks its end
        """
}
