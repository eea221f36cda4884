/* SPDX-License-Identifier: BSD-2-Clause */
/* Where typed keys and letters go: into an open entry, else to the act that has the key. */
#include <string.h>

#include "viz/act.h"

/* What the open entry says while it is typed. */
static void entry_changed(struct app *app)
{
	struct entry *e = &app->entry;

	app->dirty = true;
	if (e->mode == ENTRY_SEARCH) {
		find_update(&app->find, e->text, app->tl, &app->tree, app->study);
	} else if (e->mode == ENTRY_FILTER) {
		memcpy(app->tabs.filter, e->text, sizeof(app->tabs.filter));
		app->tabs.of[app->tabs.open].first = 0;
		app->table_s = 0;
	}
}

void app_text(struct app *app, const char *text)
{
	if (app->entry.mode == ENTRY_NONE)
		return;
	app_hush(app);
	entry_type(&app->entry, text);
	entry_changed(app);
}

void app_enter(struct app *app)
{
	struct entry e = app->entry;
	enum action found[ACTION_NR];

	entry_close(&app->entry);
	app_hush(app);
	app->dirty = true;
	if (e.mode == ENTRY_SEARCH)
		select_match(app, 0);
	else if (e.mode == ENTRY_NOTE)
		act_add_mark(app, e.at_ns, e.text);
	else if (e.mode == ENTRY_PALETTE && e.choice < action_search(e.text, found, ACTION_NR))
		app_act(app, found[e.choice]);
}

/* Keys that an open entry takes. */
static bool entry_key(struct app *app, const char *key)
{
	struct entry *e = &app->entry;
	enum action found[ACTION_NR];

	app_hush(app);
	if (strcmp(key, "Escape") == 0) {
		e->text[0] = '\0';
		entry_changed(app);
		entry_close(e);
	} else if (strcmp(key, "Return") == 0) {
		app_enter(app);
	} else if (strcmp(key, "Shift+Return") == 0 && e->mode == ENTRY_SEARCH) {
		select_match(app, -1);
	} else if (strcmp(key, "Backspace") == 0 || strcmp(key, "Shift+Backspace") == 0) {
		entry_erase(e, false);
		entry_changed(app);
	} else if (strcmp(key, "Ctrl+Backspace") == 0 || strcmp(key, "Ctrl+W") == 0) {
		entry_erase(e, true);
		entry_changed(app);
	} else if (strcmp(key, "Up") == 0 || strcmp(key, "Down") == 0) {
		size_t nr = action_search(e->text, found, ACTION_NR);
		bool down = key[0] == 'D';

		if (e->mode == ENTRY_SEARCH)
			select_match(app, down ? 1 : -1);
		else if (e->mode == ENTRY_PALETTE && nr > 0)
			e->choice = (e->choice + (down ? 1 : nr - 1)) % nr;
	} else {
		return false;
	}
	app->dirty = true;
	return true;
}

/* A letter, maybe with Shift: while an entry is open it is typed. */
static bool is_letter(const char *key)
{
	if (strncmp(key, "Shift+", 6) == 0)
		key += 6;
	return strlen(key) == 1 || strcmp(key, "Space") == 0;
}

bool app_key(struct app *app, const char *key)
{
	enum action action = action_by_key(key);

	app->input_s = app->now_s;
	if (app->entry.mode != ENTRY_NONE) {
		if (entry_key(app, key))
			return true;
		if (is_letter(key))
			return false;
		if (action != ACTION_NONE)
			entry_close(&app->entry);
	}
	if (action == ACTION_NONE)
		return false;
	app_act(app, action);
	return true;
}
