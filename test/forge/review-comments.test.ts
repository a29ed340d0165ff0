import { describe, expect, it } from '@jest/globals';
import { refusal, type TestForge } from './harness.ts';
import { type Workbench } from './pull-request-support.ts';
import { oneBench } from './set-up.ts';

let forge: TestForge;
let bench: Workbench;
oneBench((...ready) => {
  [forge, bench] = ready;
});

let branches = 0;
const numbered = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join('');
const CHANGED = numbered(40).replace('line 10\n', 'ten\nten and a half\n').replace('line 30\n', '');

/** A request of `writer`: in a file of 40 lines, line 10 became two (10 and 11), and line 30 went. */
async function request() {
  const branch = `comment-${++branches}`;
  const file = `docs/${branch}.md`;
  await bench.commit('main', { [file]: numbered(40) });
  await bench.commit(branch, { [file]: CHANGED }, { from: 'main' });
  const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: branch, base: 'main', title: branch });
  const pull = { ...bench.place, pull_number: data.number };
  const owner = forge.as('owner').rest.pulls;
  return {
    pull,
    file,
    branch,
    head: data.head.sha,
    /** As `owner`, on the file, at the head. */
    comment: async (place: object, body = 'Hm.') =>
      (await owner.createReviewComment({ ...pull, commit_id: data.head.sha, path: file, body, ...place })).data,
    listed: async () => (await owner.listReviewComments(pull)).data,
    push: (content: string) => bench.commit(branch, { [file]: content }),
  };
}

describe('review comments', () => {
  it('stand on a line of either side, a range, a position, or the file, with the hunk that they are about', async () => {
    const { comment, file, head } = await request();
    const right = await comment({ line: 11 });
    expect(right).toMatchObject({
      path: file,
      line: 11,
      side: 'RIGHT',
      original_line: 11,
      position: 6,
      commit_id: head,
      subject_type: 'line',
    });
    expect(right.diff_hunk).toBe('@@ -7,7 +7,8 @@ line 6\n line 7\n line 8\n line 9\n-line 10\n+ten\n+ten and a half');
    expect(await comment({ line: 30, side: 'LEFT' })).toMatchObject({ line: 30, side: 'LEFT', position: 14 });
    expect(await comment({ start_line: 8, line: 10 })).toMatchObject({
      start_line: 8,
      original_start_line: 8,
      line: 10,
      start_side: 'RIGHT',
    });
    expect(await comment({ start_line: 10, start_side: 'LEFT', line: 11 })).toMatchObject({ start_side: 'LEFT', side: 'RIGHT' });
    expect(await comment({ position: 4 })).toMatchObject({ line: 10, side: 'LEFT', original_position: 4 });
    expect(await comment({ subject_type: 'file' })).toMatchObject({ subject_type: 'file' });
  });

  it('stand nowhere else: the refusal names the field, and nothing is kept', async () => {
    const { comment, listed, pull, head } = await request();
    const problem = async (place: object): Promise<unknown> => {
      const { status, body } = await refusal(comment(place));
      return [status, body.errors?.[0]];
    };
    const error = (field: string, message: string) => [
      422,
      expect.objectContaining({ field: `pull_request_review_thread.${field}`, message }),
    ];
    expect(await problem({ line: 20 })).toEqual(error('line', 'pull_request_review_thread.line must be part of the diff'));
    expect(await problem({ line: 12, side: 'LEFT', path: 'README.md' })).toEqual(
      error('path', 'pull_request_review_thread.path is invalid'),
    );
    expect(await problem({ start_line: 11, line: 10 })).toEqual(
      error('start_line', 'pull_request_review_thread.start_line must precede the end line.'),
    );
    expect(await problem({ start_line: 9, line: 30, side: 'LEFT' })).toEqual(
      error('start_line', 'pull_request_review_thread.start_line must be part of the same hunk as the line.'),
    );
    expect(await problem({ position: 99 })).toEqual(error('position', 'pull_request_review_thread.position is invalid'));
    expect((await refusal(comment({}))).status).toBe(422);
    expect((await refusal(comment({ line: 10 }, ' '))).status).toBe(422);
    const { pulls } = forge.as('owner').rest;
    const place = { path: 'docs', line: 1, body: 'x' };
    const whole = await refusal(pulls.createReview({ ...pull, commit_id: head, event: 'COMMENT', body: 'x', comments: [place] }));
    expect(whole.body.errors).toEqual([
      "Pull request review thread path is invalid and Pull request review thread diff hunk can't be blank",
    ]);
    expect(await listed()).toEqual([]);
    expect((await pulls.listReviews(pull)).data).toEqual([]);
  });

  it('follow their line when the head moves, and are outdated once it was changed', async () => {
    const { comment, listed, push, head } = await request();
    const [kept, changed, removed] = [
      await comment({ line: 11 }),
      await comment({ start_line: 9, line: 10 }),
      await comment({ line: 30, side: 'LEFT' }),
    ];
    const moved = await push(`a new first line\n${CHANGED.replace('ten\n', '10\n')}`);
    const byId = new Map((await listed()).map((view) => [view.id, view]));
    expect(byId.get(kept.id)).toMatchObject({ line: 12, original_line: 11, commit_id: moved, original_commit_id: head });
    expect(byId.get(kept.id)?.position).toBeGreaterThan(0);
    expect(byId.get(changed.id)).toMatchObject({
      line: null,
      start_line: null,
      position: null,
      original_line: 10,
      original_start_line: 9,
      commit_id: head,
    });
    expect(byId.get(removed.id)).toMatchObject({ line: 30, side: 'LEFT' });
    await push(numbered(40));
    expect((await listed()).map(({ line, position }) => [line, position])).toEqual([
      [null, null],
      [null, null],
      [null, null],
    ]);
    const { data } = await forge.as('reader').rest.pulls.getReviewComment({ ...bench.place, comment_id: kept.id });
    expect(data).toMatchObject({ line: null, original_line: 11 });
  });

  it('can be made on an earlier commit of the request', async () => {
    const { comment, push, head } = await request();
    await push(CHANGED.replace('ten\n', '10\n'));
    expect(await comment({ line: 10 })).toMatchObject({ line: null, original_line: 10, original_commit_id: head, commit_id: head });
    expect(await comment({ line: 11 })).toMatchObject({ line: 11, original_commit_id: head });
  });

  it('in renamed files stand on lines of the old and the new file', async () => {
    const branch = 'renamed';
    await bench.commit('main', { 'old.md': numbered(30) });
    await bench.commit(branch, { 'old.md': null, 'new.md': numbered(30).replace('line 5\n', 'five\n') }, { from: 'main' });
    const { data } = await forge.as('writer').rest.pulls.create({ ...bench.place, head: branch, base: 'main', title: branch });
    const { pulls } = forge.as('owner').rest;
    const at = { ...bench.place, pull_number: data.number, commit_id: data.head.sha, body: 'Hm.', path: 'new.md' };
    expect((await pulls.createReviewComment({ ...at, line: 5, side: 'LEFT' })).data.diff_hunk).toContain('-line 5');
    expect((await refusal(pulls.createReviewComment({ ...at, line: 20 }))).status).toBe(422);
  });

  it('are answered in their thread, at the root of it', async () => {
    const { comment, listed, pull } = await request();
    const root = await comment({ line: 11 });
    const writer = forge.as('writer').rest.pulls;
    const { data: first } = await writer.createReplyForReviewComment({ ...pull, comment_id: root.id, body: 'Because.' });
    const { data: second } = await forge
      .as('reader')
      .rest.pulls.createReplyForReviewComment({ ...pull, comment_id: first.id, body: 'Ah.' });
    expect([first.in_reply_to_id, second.in_reply_to_id]).toEqual([root.id, root.id]);
    expect(second).toMatchObject({ line: 11, path: root.path, diff_hunk: root.diff_hunk, user: { login: 'reader' } });
    expect(await comment({ in_reply_to: root.id }, 'So.')).toMatchObject({ in_reply_to_id: root.id });
    expect((await listed()).map(({ body }) => body)).toEqual(['Hm.', 'Because.', 'Ah.', 'So.']);
    expect((await writer.listReviews(pull)).data.map(({ state }) => state)).toEqual(Array(4).fill('COMMENTED'));
    expect((await refusal(writer.createReplyForReviewComment({ ...pull, comment_id: 1, body: 'x' }))).status).toBe(404);
    expect((await refusal(writer.createReplyForReviewComment({ ...pull, comment_id: root.id, body: '' }))).status).toBe(422);
  });

  it('are edited and deleted by their author or by those who may write', async () => {
    const { comment, listed, pull } = await request();
    const root = await comment({ line: 11 });
    const at = { ...bench.place, comment_id: root.id };
    const reader = forge.as('reader').rest.pulls;
    expect((await refusal(reader.updateReviewComment({ ...at, body: 'x' }))).status).toBe(403);
    expect((await refusal(reader.deleteReviewComment(at))).status).toBe(403);
    const { data: reply } = await reader.createReplyForReviewComment({ ...pull, comment_id: root.id, body: 'Ah.' });
    await reader.updateReviewComment({ ...bench.place, comment_id: reply.id, body: 'Oh.' });
    await forge.as('writer').rest.pulls.deleteReviewComment(at);
    expect((await listed()).map(({ body }) => body)).toEqual(['Oh.']);
    expect((await refusal(reader.getReviewComment(at))).status).toBe(404);
    expect((await refusal(reader.deleteReviewComment(at))).status).toBe(404);
    const kinds = (await bench.effects())
      .filter(({ details }) => [root.id, reply.id].includes(Number(details?.['comment'])))
      .map(({ kind }) => kind);
    expect(kinds.map((kind) => kind.split('.')[1])).toEqual(['created', 'created', 'edited', 'deleted']);
  });

  it('are listed by request, review and repository, sorted, since a time, in pages', async () => {
    const { pull, file, head } = await request();
    const { pulls } = forge.as('owner').rest;
    const places = [
      { line: 10, body: 'a' },
      { line: 11, body: 'b' },
      { line: 12, body: 'c' },
    ].map((place) => ({ path: file, ...place }));
    const { data: review } = await pulls.createReview({ ...pull, commit_id: head, event: 'COMMENT', comments: places });
    const bodies = (comments: readonly { body: string }[]): string[] => comments.map(({ body }) => body);
    expect(bodies((await pulls.listCommentsForReview({ ...pull, review_id: review.id })).data)).toEqual(['a', 'b', 'c']);
    expect(bodies((await pulls.listReviewComments({ ...pull, sort: 'created', direction: 'desc', per_page: 2 })).data)).toEqual(['c', 'b']);
    expect(bodies((await pulls.listReviewComments({ ...pull, since: new Date(Date.now() + 60_000).toISOString() })).data)).toEqual([]);
    const page = await pulls.listReviewCommentsForRepo({ ...bench.place, sort: 'created', direction: 'desc', per_page: 3 });
    expect([bodies(page.data), page.headers.link]).toEqual([['c', 'b', 'a'], expect.stringContaining('rel="next"')]);
  });
});
