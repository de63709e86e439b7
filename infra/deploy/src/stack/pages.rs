//! The pages of a function's log: asked for one after the other, up to a number of them.

use fanin_event::Timestamp;

use super::Stack;
use crate::aws::{code_of, trouble};
use crate::limits::MAX_LOG_PAGES;
use crate::names::FunctionName;

/// Which lines.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// Written from this moment on.
    pub(super) since: Timestamp,
    /// Written up to this moment; none: up to now.
    pub(super) until: Option<Timestamp>,
    /// A filter in the words of CloudWatch Logs.
    pub(super) filter: Option<String>,
}

/// A page: when each line was written, the lines, and what the next page is asked for by.
#[derive(Debug, Default)]
struct Page {
    lines: Vec<(Timestamp, String)>,
    next: Option<String>,
}

impl Stack {
    /// Reads what one function wrote. Gives the moment after which lines are missing, if there were more than
    /// [`MAX_LOG_PAGES`] pages.
    ///
    /// # Errors
    /// The log group may not be read.
    pub(super) fn written_by(
        &self,
        function: FunctionName,
        wanted: &Wanted,
        take: &mut dyn FnMut(Timestamp, &str),
    ) -> anyhow::Result<Option<Timestamp>> {
        let group = self.names.log_group(function);
        let ask = |next| self.page(&group, wanted, next);
        Ok(self.runtime.block_on(each_page(ask, take))?.map(|last| last.max(wanted.since)))
    }

    async fn page(&self, group: &str, wanted: &Wanted, next: Option<String>) -> anyhow::Result<Page> {
        let asked = self
            .aws
            .logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(wanted.since.0)
            .set_end_time(wanted.until.map(|until| until.0.saturating_add(1)))
            .set_filter_pattern(wanted.filter.clone())
            .set_next_token(next);
        let page = match asked.send().await {
            Ok(page) => page,
            // A function that was never called has written nothing.
            Err(error) if code_of(&error) == "ResourceNotFoundException" => return Ok(Page::default()),
            Err(error) => {
                return Err(trouble(&format!("reading the log {group}"), "logs:FilterLogEvents", &error));
            }
        };
        let next = page.next_token;
        let lines = page.events.into_iter().flatten();
        let lines = lines.filter_map(|line| line.timestamp.map(Timestamp).zip(line.message)).collect();
        Ok(Page { lines, next })
    }
}

/// Asks for page after page. Gives the moment of the last line that was read, if there are more pages than are read.
async fn each_page<F>(
    mut ask: impl FnMut(Option<String>) -> F,
    take: &mut dyn FnMut(Timestamp, &str),
) -> anyhow::Result<Option<Timestamp>>
where
    F: Future<Output = anyhow::Result<Page>>,
{
    let (mut next, mut last) = (None, Timestamp(0));
    for _ in 0..MAX_LOG_PAGES {
        let page = ask(next.take()).await?;
        for (at, text) in &page.lines {
            last = *at;
            take(last, text);
        }
        next = page.next;
        if next.is_none() {
            return Ok(None);
        }
    }
    Ok(Some(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `pages` pages of one line each, the first of them empty, and gives the lines and what is said at the end.
    async fn read(pages: usize) -> (Vec<String>, Option<Timestamp>) {
        let mut lines = Vec::new();
        let ask = |next: Option<String>| {
            let n: usize = next.map_or(0, |token| token.parse().unwrap());
            let line = (Timestamp(i64::try_from(n).unwrap()), format!("line {n}"));
            let lines = if n == 0 { Vec::new() } else { vec![line] };
            let next = (n + 1 < pages).then(|| (n + 1).to_string());
            std::future::ready(Ok(Page { lines, next }))
        };
        let end = each_page(ask, &mut |_, text| lines.push(text.to_owned())).await.unwrap();
        (lines, end)
    }

    #[tokio::test]
    async fn an_empty_page_is_not_the_last() {
        assert_eq!(read(3).await, (vec!["line 1".to_owned(), "line 2".to_owned()], None));
    }

    #[tokio::test]
    async fn so_many_pages_are_read_and_what_is_missing_is_said() {
        let (lines, end) = read(MAX_LOG_PAGES).await;
        assert_eq!((lines.len(), end), (MAX_LOG_PAGES - 1, None));
        let (lines, end) = read(MAX_LOG_PAGES + 1).await;
        let last = i64::try_from(MAX_LOG_PAGES - 1).unwrap();
        assert_eq!((lines.len(), end), (MAX_LOG_PAGES - 1, Some(Timestamp(last))));
    }

    #[tokio::test]
    async fn a_page_that_cannot_be_read_is_an_error() {
        let ask = |_| std::future::ready(Err(anyhow::anyhow!("no")));
        assert!(each_page(ask, &mut |_, _| {}).await.is_err());
    }
}
