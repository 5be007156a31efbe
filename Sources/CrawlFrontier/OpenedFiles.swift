import Foundation
import Glibc

/// Which database and which log were opened last, kept in a small file beside them (`frontier.sqlite-opened`). A log that is
/// left beside another database than its own would be played into that one: nothing in a log says whose it is.
struct OpenedFiles {
    /// What tells a file from every other one that is there at the same time.
    private struct Mark {
        var text: String

        /// nil = there is no such file, or nothing can be known of it.
        init?(_ path: String) {
            var info = stat()
            guard stat(path, &info) == 0 else { return nil }
            text = "\(info.st_dev) \(info.st_ino)"
        }
    }

    /// The database itself, not a link to it.
    private let database: String

    init(database path: String) {
        let real = realpath(path, nil)
        database = real.map { String(cString: $0) } ?? path
        free(real)
    }

    private var record: String { database + "-opened" }

    /// Throws `FrontierError.unusable` if the log at the path is the one that was opened last, has something in it, and the
    /// database is not the one that it was opened with. Without a record it cannot be known, and nothing is refused.
    func check() throws {
        let log = database + "-wal"
        var info = stat()
        guard stat(log, &info) == 0, info.st_size > 0, let record = FileHandle(forReadingAtPath: record) else { return }
        defer { try? record.close() }
        let marks = String(decoding: (try? record.read(upToCount: 1024)) ?? Data(), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        guard marks.count == 2, marks[1] == Mark(log)?.text, marks[0] != Mark(database)?.text else { return }
        throw FrontierError.unusable(
            path: log,
            reason: """
                belongs to the database that crawld had open here before, not to the one that is here now, which SQLite \
                would play it into and so destroy. Put that one back; or move \(log) and \(database)-shm away, so that \
                crawld starts with the database that is here
                """)
    }

    /// Notes what is open now. Where it cannot be written (a full disk), the next start cannot know; that is no reason not
    /// to start.
    func note(mode: mode_t) {
        guard let own = Mark(database), let log = Mark(database + "-wal") else { return }
        let draft = record + ".new"
        unlink(draft)
        let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard file >= 0 else { return }
        let text = Array("\(own.text)\n\(log.text)\n".utf8)
        let isWhole = write(file, text, text.count) == text.count
        close(file)
        guard isWhole, rename(draft, record) == 0 else {
            unlink(draft)
            return
        }
    }
}
