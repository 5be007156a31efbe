extension Schema {
    /// Sitemaps whose server asks to wait, each time.
    static let sitemapPatience = """
        -- The first answer that put the document off, see SitemapDocuments.patience; NULL = none has.
        ALTER TABLE sitemap_document ADD COLUMN put_off_since INTEGER;
        """
}
