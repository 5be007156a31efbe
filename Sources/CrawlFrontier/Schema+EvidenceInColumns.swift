extension Schema {
    /// What failing answers leave is read and written with each of them: in columns and short texts, not in JSON. What cannot
    /// be read is gone, as it was for whoever read it.
    static let evidenceInColumns = """
        -- See EvidenceColumns; ev_status NULL = there is none.
        \(added(to: "attempt"))
        UPDATE attempt SET evidence = NULL, \(extracted(from: "evidence", at: "$")) WHERE json_valid(evidence);
        ALTER TABLE attempt DROP COLUMN evidence;

        -- Of the run's answers, with blanks between: cf-ray and its data centre of each, and how often each failure of a
        -- robots.txt was met, as name=times.
        ALTER TABLE health ADD COLUMN run_rays TEXT;
        ALTER TABLE health ADD COLUMN run_colos TEXT;
        ALTER TABLE health ADD COLUMN run_met TEXT;
        -- Of the run's last answer.
        \(added(to: "health"))
        UPDATE health SET run_evidence = NULL,
            run_rays = (SELECT group_concat(value, ' ') FROM json_each(run_evidence, '$.rays')),
            run_colos = (SELECT group_concat(value, ' ') FROM json_each(run_evidence, '$.colos')),
            run_met = (SELECT group_concat(key || '=' || value, ' ') FROM json_each(run_evidence, '$.met')),
            \(extracted(from: "run_evidence", at: "$.last"))
        WHERE json_valid(run_evidence);
        ALTER TABLE health DROP COLUMN run_evidence;

        -- From here on see SoftBlockText,
        UPDATE health SET soft_block =
            CASE iif(json_valid(soft_block), json_extract(soft_block, '$.kind'), NULL)
                WHEN 'proof' THEN 'proof ' || json_extract(soft_block, '$.step')
                    || ' ' || json_extract(soft_block, '$.outcome') || ' ' || json_extract(soft_block, '$.begunAt')
                    || ' ' || json_extract(soft_block, '$.address')
                    || coalesce(' ' || json_extract(soft_block, '$.proxy'), '')
                WHEN 'unproven' THEN 'unproven ' || json_extract(soft_block, '$.outcome')
                WHEN 'parked' THEN 'parked ' || json_extract(soft_block, '$.incident')
                WHEN 'blocked' THEN 'blocked ' || json_extract(soft_block, '$.incident')
                WHEN 'switched' THEN 'switched' END
        WHERE soft_block IS NOT NULL;
        -- and LooksText.
        UPDATE breaker SET looks = iif(json_valid(looks), json_extract(looks, '$.requests')
                || ' ' || json_extract(looks, '$.failures')
                || coalesce((SELECT ' ' || group_concat(value, ' ') FROM json_each(looks, '$.rays')), ''), NULL)
        WHERE looks IS NOT NULL;
        """

    /// The columns as they were when this step was released, and what they were in JSON.
    private static let evidence: [(column: String, member: String)] = [
        ("ev_status INTEGER", "status"), ("ev_curl_code INTEGER", "curlCode"), ("ev_os_errno INTEGER", "osErrno"),
        ("ev_dns_us INTEGER", "times[0]"), ("ev_connect_us INTEGER", "times[1]"), ("ev_tls_us INTEGER", "times[2]"),
        ("ev_first_byte_us INTEGER", "times[3]"), ("ev_total_us INTEGER", "times[4]"), ("ev_bytes INTEGER", "bytes"),
        ("ev_cf_code INTEGER", "cfCode"), ("ev_retryable INTEGER", "retryable"),
        ("ev_retry_after INTEGER", "retryAfter"), ("ev_via_proxy INTEGER", "viaProxy"),
        ("ev_connect_status INTEGER", "connectStatus"), ("ev_http_version TEXT", "httpVersion"),
        ("ev_remote_ip TEXT", "remoteIP"), ("ev_cf_ray TEXT", "cfRay"), ("ev_colo TEXT", "colo"),
        ("ev_cf_error_type TEXT", "cfErrorType"), ("ev_server TEXT", "server"), ("ev_cf_mitigated TEXT", "cfMitigated"),
        ("ev_waf_action TEXT", "wafAction"), ("ev_body_marker TEXT", "bodyMarker"),
        ("ev_error_name TEXT", "errorName"), ("ev_error_category TEXT", "errorCategory"),
        ("ev_connection_end TEXT", "connectionEnd"), ("ev_error TEXT", "error"),
    ]

    private static func added(to table: String) -> String {
        evidence.map { "ALTER TABLE \(table) ADD COLUMN \($0.column);" }.joined(separator: "\n")
    }

    private static func extracted(from json: String, at path: String) -> String {
        evidence.map { "\($0.column.prefix { $0 != " " }) = json_extract(\(json), '\(path).\($0.member)')" }
            .joined(separator: ", ")
    }
}
