//! Questions about the knowledge graph.

use async_graphql::{Context, ErrorExtensions as _, Json, Object};
use events::Code;
use projections::Basis;

use super::study::{GraphAnalytics, GraphWay, GraphWays};
use super::{GraphAsOf, GraphChanges, GraphDoubt, GraphPerson, GraphStats, GraphView, counts};
use crate::app::graph::{self, Question, Unanswered};
use crate::app::{App, AppError, GraphView as Found};
use crate::schema::query::limit;
use crate::schema::{Result, app, refuse};

/// The most steps around a name, and of a way.
const STEPS: usize = 12;

/// Questions about the knowledge graph.
#[derive(Default)]
pub struct GraphQuestions;

async fn look(app: &App, as_of: Option<GraphAsOf>, branch: Option<&str>) -> Result<(Basis, Found)> {
    let GraphAsOf { valid, known } = as_of.unwrap_or_default();
    let basis = app.basis(branch, known.as_deref()).await.map_err(refuse)?;
    let found = app.graph(&basis, valid.as_deref()).await.map_err(refuse)?;
    Ok((basis, found))
}

fn steps(wanted: Option<i32>, usual: usize) -> usize {
    wanted.map_or(usual, |n| usize::try_from(n).unwrap_or(0)).min(STEPS)
}

/// An error of a query has its code, and the place in the text where there is one.
fn unanswered(error: Unanswered) -> async_graphql::Error {
    let error = match error {
        Unanswered::App(error) => return refuse(error),
        Unanswered::Query(error) => error,
    };
    async_graphql::Error::new(error.to_string()).extend_with(|_, e| {
        e.set("code", error.kind.code());
        e.set("kind", error.kind.name());
        e.set("detail", error.detail);
        if let Some(place) = error.place {
            e.set("line", place.line);
            e.set("column", place.column);
        }
    })
}

#[Object]
impl GraphQuestions {
    /// Who and what is known and how they relate: all of it, what is within so many steps of a name, or what a query in
    /// openCypher finds, which reads and never changes anything. A query runs at most `seconds` (10, at most 30) and has at
    /// most `rows` rows (10,000, at most 100,000).
    #[allow(clippy::too_many_arguments)]
    async fn graph(
        &self,
        context: &Context<'_>,
        name: Option<String>,
        depth: Option<i32>,
        query: Option<String>,
        params: Option<Json<serde_json::Value>>,
        rows: Option<i32>,
        seconds: Option<f64>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<GraphView> {
        let app = app(context)?;
        let (basis, found) = look(app, as_of, branch.as_deref()).await?;
        let valid = found.valid.map(|t| t.to_string());
        match (query, name) {
            (Some(_), Some(_)) => {
                Err(refuse(AppError::new(Code::BadRequest, "ask for a name or with a query, not for both")))
            }
            (Some(text), None) => {
                let rows = rows.map(|n| usize::try_from(n).unwrap_or(0));
                let question = Question { text, params: params.map(|p| p.0), rows, seconds };
                let answer = app.ask_graph(&basis, &found, question).await.map_err(unanswered)?;
                Ok(GraphView::answer((&basis).into(), valid, &found.graph, answer))
            }
            (None, Some(name)) => {
                let centre = graph::the(&found.graph, &name).map_err(refuse)?;
                let part = app.around(&found.graph, centre.id, steps(depth, 1)).await.map_err(refuse)?;
                Ok(GraphView::new((&basis).into(), valid, &found.graph, |id| part.contains(&id)))
            }
            (None, None) => Ok(GraphView::new((&basis).into(), valid, &found.graph, |_| true)),
        }
    }

    /// A shortest way between two names; nodes in its order. Empty when there is none.
    async fn graph_path(
        &self,
        context: &Context<'_>,
        from: String,
        to: String,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<GraphView> {
        let app = app(context)?;
        let (basis, found) = look(app, as_of, branch.as_deref()).await?;
        let graph = &found.graph;
        let (from, to) = (graph::the(graph, &from).map_err(refuse)?, graph::the(graph, &to).map_err(refuse)?);
        let ways = app.ways(graph, from.id, to.id, None).await.map_err(refuse)?;
        let way = ways.ways.into_iter().next().map(|(nodes, _)| nodes).unwrap_or_default();
        let mut view =
            GraphView::new((&basis).into(), found.valid.map(|t| t.to_string()), graph, |id| way.contains(&id));
        view.order(&way);
        Ok(view)
    }

    /// Every way between two names that visits nothing twice, the shortest first: of at most `longest` steps (4, at most
    /// 12), at most `first` of them (50).
    #[allow(clippy::too_many_arguments)]
    async fn graph_ways(
        &self,
        context: &Context<'_>,
        from: String,
        to: String,
        longest: Option<i32>,
        first: Option<i32>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<GraphWays> {
        let app = app(context)?;
        let (basis, found) = look(app, as_of, branch.as_deref()).await?;
        let graph = &found.graph;
        let (from, to) = (graph::the(graph, &from).map_err(refuse)?, graph::the(graph, &to).map_err(refuse)?);
        let most = (steps(longest, 4), limit(first, 50) as usize);
        let ways = app.ways(graph, from.id, to.id, Some(most)).await.map_err(refuse)?;
        let all = ways.ways.iter().map(|(nodes, rels)| GraphWay::new(graph, nodes, rels)).collect();
        Ok(GraphWays { basis: (&basis).into(), ways: all, complete: ways.complete })
    }

    /// What the shape of the graph tells: who stands in the middle, what hangs together, what is missing. Lists have at
    /// most `first` entries (10).
    async fn graph_analytics(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<GraphAnalytics> {
        let app = app(context)?;
        let (basis, found) = look(app, as_of, branch.as_deref()).await?;
        let top = limit(first, 10) as usize;
        let study = app.study_graph(&found.graph, top).await.map_err(refuse)?;
        Ok(GraphAnalytics::new((&basis).into(), found.valid.map(|t| t.to_string()), &found.graph, study, top))
    }

    /// What is different between two moments: of the recorded clock, `before` and `after`, and of the valid clock,
    /// `validBefore` and `validAfter`, where they are given.
    async fn graph_changes(
        &self,
        context: &Context<'_>,
        before: String,
        after: Option<String>,
        valid_before: Option<String>,
        valid_after: Option<String>,
        branch: Option<String>,
    ) -> Result<GraphChanges> {
        let app = app(context)?;
        let first = app.basis(branch.as_deref(), Some(&before)).await.map_err(refuse)?;
        let last = app.basis(branch.as_deref(), after.as_deref()).await.map_err(refuse)?;
        let was = app.graph(&first, valid_before.as_deref()).await.map_err(refuse)?;
        let is = app.graph(&last, valid_after.as_deref()).await.map_err(refuse)?;
        let changes = was.graph.changes(&is.graph).into_iter().map(Json).collect();
        Ok(GraphChanges { before: (&first).into(), after: (&last).into(), changes })
    }

    /// Everybody who was spoken of, and how close; the nearest first.
    async fn graph_people(
        &self,
        context: &Context<'_>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<Vec<GraphPerson>> {
        let (basis, found) = look(app(context)?, as_of, branch.as_deref()).await?;
        let at = found.valid.or(basis.time).unwrap_or_default();
        Ok(projections::graph::closeness(&found.known, at).into_iter().map(Into::into).collect())
    }

    /// Names that may mean the same, the most alike first: to be merged, or kept apart.
    async fn graph_doubts(
        &self,
        context: &Context<'_>,
        first: Option<i32>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<Vec<GraphDoubt>> {
        let (_, found) = look(app(context)?, as_of, branch.as_deref()).await?;
        let doubts = found.known.doubts().iter().take(limit(first, 50) as usize);
        Ok(doubts.map(|d| GraphDoubt::new(&found.known, d)).collect())
    }

    /// What the graph consists of.
    async fn graph_stats(
        &self,
        context: &Context<'_>,
        as_of: Option<GraphAsOf>,
        branch: Option<String>,
    ) -> Result<GraphStats> {
        let (basis, found) = look(app(context)?, as_of, branch.as_deref()).await?;
        let graph = &found.graph;
        let now = found.valid.or(basis.time).unwrap_or_default();
        let digest = graph.digest().map_err(|e| refuse(AppError::new(Code::LogDamaged, e.to_string())))?;
        Ok(GraphStats {
            basis: (&basis).into(),
            nodes: graph.nodes().len() as u64,
            edges: graph.edges().len() as u64,
            current: graph.edges().iter().filter(|e| e.valid_at(now)).count() as u64,
            kinds: counts(graph.nodes().iter().map(|n| n.kind.as_str())),
            predicates: counts(graph.edges().iter().map(|e| e.predicate.as_str())),
            digest: digest.iter().map(|b| format!("{b:02x}")).collect(),
            vocabulary: events::vocabulary::PREDICATES.iter().map(|p| p.name.to_owned()).collect(),
        })
    }
}
