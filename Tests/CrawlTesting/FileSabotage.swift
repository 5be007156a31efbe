internal import Foundation
internal import Glibc

/// What an operator's slip does to a frontier that a daemon has open.
package enum FileSabotage: String, CaseIterable, Sendable, CustomStringConvertible {
    case databaseRemoved = "the database is removed"
    case databaseReplaced = "another file is moved over the database"
    case folderRenamed = "the folder is renamed"
    case folderReplaced = "the folder is renamed, and a copy is put into its place"
    case logRemoved = "the log is removed"
    case logReplaced = "another file is moved over the log"
    case indexRemoved = "the index of the log is removed"
    case indexReplaced = "another file is moved over the index of the log"

    package var description: String { rawValue }

    /// - Parameter database: its path, alone in its folder with its log, their index and what else is kept there.
    package func apply(to database: String) {
        let folder = (database as NSString).deletingLastPathComponent
        switch self {
        case .databaseRemoved: precondition(unlink(database) == 0)
        case .databaseReplaced: Self.replace(database)
        case .folderRenamed: precondition(rename(folder, folder + ".moved") == 0)
        case .folderReplaced:
            precondition(rename(folder, folder + ".moved") == 0)
            try? FileManager.default.copyItem(atPath: folder + ".moved", toPath: folder)
        case .logRemoved: precondition(unlink(database + "-wal") == 0)
        case .logReplaced: Self.replace(database + "-wal")
        case .indexRemoved: precondition(unlink(database + "-shm") == 0)
        case .indexReplaced: Self.replace(database + "-shm")
        }
    }

    private static func replace(_ path: String) {
        FileBytes.write(Array("somebody else's\n".utf8), to: path + ".other")
        precondition(rename(path + ".other", path) == 0)
    }

    /// What lies in the folder where the database was, by name; empty
    /// if there is no such folder.
    package static func contents(beside database: String) -> [String: [UInt8]] {
        let folder = (database as NSString).deletingLastPathComponent
        var found: [String: [UInt8]] = [:]
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            found[name] = FileBytes.read(folder + "/" + name) ?? []
        }
        return found
    }

    /// The names of those files beside `database` that are not the ones it was opened with: nothing may change in them.
    package func foreign(_ database: String) -> Set<String> {
        let name = (database as NSString).lastPathComponent
        switch self {
        case .databaseRemoved, .folderRenamed, .logRemoved, .indexRemoved: return []
        case .databaseReplaced: return [name]
        case .folderReplaced: return [name, name + "-wal", name + "-shm"]
        case .logReplaced: return [name + "-wal"]
        case .indexReplaced: return [name + "-shm"]
        }
    }

    /// The names of those files that are written once more as the store ends: the database is in its place and its log or
    /// the log's index is not, so that what stands in the log is folded in. Nothing else may change then.
    package func folded(_ database: String) -> Set<String> {
        let name = (database as NSString).lastPathComponent
        switch self {
        case .databaseRemoved, .databaseReplaced, .folderRenamed, .folderReplaced: return []
        case .logRemoved, .logReplaced: return [name, name + "-shm"]
        case .indexRemoved, .indexReplaced: return [name]
        }
    }
}
