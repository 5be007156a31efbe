import Foundation
import GRDB

@testable import CrawlFrontier

extension FrontierFolder {
    /// A new file of the format that the first `steps` steps lead to, with what `fill` writes.
    func make(format steps: Int, _ fill: (Database) throws -> Void) throws {
        let queue = try DatabaseQueue(path: path)
        try queue.inDatabase { db in
            for step in Schema.steps.prefix(steps) { try db.execute(sql: step) }
            try db.execute(
                sql: """
                    PRAGMA application_id = \(Schema.applicationID);
                    PRAGMA user_version = \(steps);
                    INSERT INTO fact VALUES ('hash_key_0', 1), ('hash_key_1', 2);
                    """)
            try fill(db)
        }
        try queue.close()
    }

    /// The file becomes one of the format that the first `steps` steps lead to, with the rows that it has. What that format has no
    /// column for is gone. No store may have it open.
    func takeBack(to steps: Int) throws {
        let earlier = folder + "/earlier.db"
        let queue = try DatabaseQueue(path: earlier)
        try queue.writeWithoutTransaction { db in
            for step in Schema.steps.prefix(steps) { try db.execute(sql: step) }
            try db.execute(
                sql: "PRAGMA application_id = \(Schema.applicationID); PRAGMA user_version = \(steps)")
            try db.execute(sql: "ATTACH ? AS today", arguments: [path])
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            for table in tables {
                let columns = try ["main", "today"].map { schema in
                    try String.fetchAll(
                        db, sql: "SELECT name FROM pragma_table_info(?, ?)", arguments: [table, schema])
                }
                let common = columns[0].filter(columns[1].contains).joined(separator: ", ")
                try db.execute(
                    sql: """
                        DELETE FROM main.\(table);
                        INSERT INTO main.\(table) (\(common)) SELECT \(common) FROM today.\(table);
                        """)
            }
            try db.execute(sql: "DETACH today")
        }
        try queue.close()
        for name in ["", "-wal", "-shm"] where FileManager.default.fileExists(atPath: path + name) {
            try FileManager.default.removeItem(atPath: path + name)
        }
        try FileManager.default.moveItem(atPath: earlier, toPath: path)
    }
}

extension Schema {
    /// How many steps come before this one.
    static func steps(before step: String) -> Int { steps.firstIndex(of: step) ?? 0 }
}
