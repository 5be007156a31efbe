package import CrawlCore
internal import Glibc

/// The WARC files of one folder: finished records in, places out.
///
/// A batch is appended, then synced; what is recorded of it elsewhere comes after that:
/// ```swift
/// let places = try archive.append(groups, at: now)
/// try archive.sync()                                   // now the transaction that names `places`
/// ```
/// After a failure the file ends where it was synced last, behind a whole record, and the same batch may be appended again.
/// Of a batch that went on in a second file, whole records may stay in the first.
///
/// Confined to one lane by its owner, which may wait for the disk there. It has no thread of its own.
package final class Archive {
    /// What a process before had not closed, and what became of it.
    package let leftovers: [Leftover]
    /// For bodies, and for the members that makers make of them.
    package let spool: Spool

    private let settings: ArchiveSettings
    private let folder: ArchiveFolder
    private let calls: FileCalls
    private let maker: RecordMaker
    private var current: OpenFile?
    private var serial = 0
    private var lastBegun = Instant(ms: .min)
    /// A file was made or renamed, and the disk may not know its name yet.
    private var isFolderChanged = false

    /// Takes the folder, and brings what lies in it in order.
    ///
    /// - Parameters:
    ///   - spoolLane: where bodies are written to the spool.
    ///   - makeID: called on the archive's lane.
    ///   - known: the last record of a file, by its final name, that the database tells of; nil = of none.
    package init(
        _ settings: ArchiveSettings, spoolLane: any Lane, calls: FileCalls = .system,
        makeID: @escaping () -> RecordID, known: (String) -> ArchivePlace?
    ) throws(ArchiveFailure) {
        self.settings = settings
        self.calls = calls
        let folder = try ArchiveFolder(path: settings.folder, digest: settings.digest, calls: calls)
        self.folder = folder
        leftovers = try withoutActuallyEscaping(known) { known in
            Result { () throws(ArchiveFailure) in
                try LeftoverWork(folder: folder, host: settings.host, known: known).run()
            }
        }.get()
        // Only now: another process may have its bodies there.
        do throws(SpoolFailure) {
            spool = try Spool(
                in: settings.folder, limit: settings.maxSpool, minFree: settings.minFree, lane: spoolLane, calls: calls)
        } catch {
            throw .spool(error)
        }
        guard let maker = RecordMaker(settings.maker, spool: spool, makeID: makeID) else { throw .noMemory }
        self.maker = maker
    }

    /// The final name of the file that is written; nil = none is.
    package var currentFile: String? { current?.name.text }

    /// For those that may not touch the archive itself.
    package var room: ArchiveRoom { ArchiveRoom(folder: settings.folder, minFree: settings.minFree, calls: calls) }

    /// Where the main record of each group is. On the disk only after `sync`.
    package func append(_ groups: [RecordGroup], at now: Instant) throws(ArchiveFailure) -> [ArchivePlace] {
        let bytes = groups.reduce(0) { $0 + $1.count }
        if let lack = lackOfRoom(for: bytes) { throw lack }
        var places: [ArchivePlace] = []
        places.reserveCapacity(groups.count)
        do throws(ArchiveFailure) {
            for group in groups { places.append(try append(group, at: now)) }
        } catch {
            takeBack()
            throw error
        }
        return places
    }

    /// All that was appended is on the disk, under names that it knows.
    package func sync() throws(ArchiveFailure) {
        if let current {
            do throws(ArchiveFailure) {
                try current.sync()
            } catch {
                takeBack()
                throw error
            }
        }
        guard isFolderChanged else { return }
        try folder.sync()
        isFolderChanged = false
    }

    /// Closes the file if its time is over: one that nothing more comes to has to get its name too.
    package func closeIfOld(at now: Instant) throws(ArchiveFailure) {
        guard let current, isOld(current, at: now) else { return }
        try close()
    }

    /// Syncs, and gives the file its final name. The next batch begins another.
    package func close() throws(ArchiveFailure) {
        try sync()
        try finish(synced: true)
        try sync()
    }

    // MARK: Files

    private func append(_ group: RecordGroup, at now: Instant) throws(ArchiveFailure) -> ArchivePlace {
        if let current, isOld(current, at: now) || current.end > 0 && current.end > settings.maxFile - group.count {
            try finish(synced: false)
        }
        let file: OpenFile = if let current { current } else { try begin(at: now) }
        let start = file.end
        try file.append(group.bytes)
        if let body = group.file { try file.append(body) }
        if !group.closing.isEmpty { try file.append(group.closing) }
        let offset = start + Int64(group.mainStart)
        return ArchivePlace(file: file.name.text, offset: offset, length: file.end - offset)
    }

    private func begin(at now: Instant) throws(ArchiveFailure) -> OpenFile {
        // A clock that was set back does not bring names out of order.
        lastBegun = max(lastBegun, now)
        var name: ArchiveName
        repeat {
            serial += 1
            name = ArchiveName(
                prefix: settings.prefix, at: lastBegun, serial: serial, host: settings.host, coding: settings.coding)
        } while folder.has(name.text) || folder.has(name.open)
        let file = OpenFile(
            try folder.make(name.open), name, path: folder.place(name.open), at: now, calls: calls)
        isFolderChanged = true
        current = file
        let fields =
            settings.info.map { ($0.name, $0.value) } + [
                ("format", "WARC File Format 1.1"),
                ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ]
        try file.append(maker.makeInfo(fileName: name.text, fields: fields, at: now).bytes)
        return file
    }

    /// Gives the current file its final name; the folder is synced later.
    private func finish(synced: Bool) throws(ArchiveFailure) {
        guard let file = current else { return }
        if !synced { try file.sync() }
        try folder.rename(file.name.open, to: file.name.text)
        current = nil
        isFolderChanged = true
    }

    private func isOld(_ file: OpenFile, at now: Instant) -> Bool {
        now - file.begun >= settings.maxAge || file.begun - now >= settings.maxAge
    }

    /// What was appended to the current file since the last sync is gone. Nothing more goes into a file that could not be
    /// synced, because the kernel may have forgotten what it could not write, and into one that cannot be cut, which is
    /// left `.open`: the next start cuts it.
    private func takeBack() {
        guard let file = current else { return }
        let isCut = file.cutBack()
        if file.synced == 0 {
            try? folder.remove(file.name.open)
            current = nil
        } else if isCut, file.hasFailedToSync {
            try? finish(synced: true)
            current = nil
        } else if !isCut {
            current = nil
        }
    }

    private func lackOfRoom(for bytes: Int64) -> ArchiveFailure? {
        guard let free = calls.freeBytes(settings.folder) else { return nil }
        let (wanted, overflow) = settings.minFree.addingReportingOverflow(bytes)
        guard overflow || free < wanted else { return nil }
        return .noRoom(folder: settings.folder, free: free, wanted: overflow ? .max : wanted)
    }
}
